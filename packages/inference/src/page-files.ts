import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { FileSource, ImageSource } from './tab-protocol.ts';

/** An image or label map: a NIfTI file, its bytes, or voxels. */
export type BrowserImage = Volume<TypedArray> | Blob | Uint8Array;

/** What a worker is told of a file. */
export function fileSource(source: string | URL | Blob | Uint8Array): {
  model: FileSource;
  name: string;
} {
  if (typeof source === 'string' || source instanceof URL) {
    const address = new URL(source, document.baseURI).href;
    return { model: { kind: 'address', address }, name: address };
  }
  return { model: { kind: 'blob', blob: blobOf(source) }, name: nameOf(source, 'the model') };
}

/** What a worker is told of an image. @param name for error messages, unless the file has one */
export function imageSource(image: BrowserImage, name: string): ImageSource {
  if (!(image instanceof Blob || image instanceof Uint8Array)) return { kind: 'volume', volume: image };
  return { kind: 'file', blob: blobOf(image), name: nameOf(image, name) };
}

/** Bytes as a file, which is sent to the worker without waiting. */
function blobOf(bytes: Blob | Uint8Array): Blob {
  return bytes instanceof Blob ? bytes : new Blob([bytes as Uint8Array<ArrayBuffer>]);
}

function nameOf(file: Blob | Uint8Array, other: string): string {
  return file instanceof File ? file.name : other;
}
