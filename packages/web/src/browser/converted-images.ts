import type { BrowserImage } from '@nnunet/inference';
import { WorkerCalls } from '@nnunet/inference/internal';
import type { TypedArray } from '@nnunet/tensor';
import { type Volume, writeNifti } from '@nnunet/volume';
import type { GivenFile } from './given-files.ts';
import type { GivenImage } from './given-images.ts';
import type { ImageRequest, ImageRole } from './image-protocol.ts';

/** What a worker reads for the page; started when it is needed. */
let calls: WorkerCalls<ImageRequest, never> | null = null;
/** Images that have been read, as long as they are chosen. */
const images = new WeakMap<GivenImage, Promise<Volume<TypedArray>>>();

async function ask(request: ImageRequest, signal?: AbortSignal): Promise<unknown> {
  calls ??= new WorkerCalls(new URL('image-worker.js', document.baseURI));
  try {
    return await calls.ask(request, { signal });
  } catch (error) {
    // A worker that ran out of memory is replaced.
    calls.end();
    calls = null;
    throw error;
  }
}

/**
 * Returns an image as the workers of models take it: a NIfTI file as it is, others as voxels.
 *
 * @throws NnUNetError 'bad-image', 'missing-file', 'memory-limit', 'bad-labels', 'thread-ended'
 */
export function readable(image: GivenImage, role: ImageRole, signal: AbortSignal): Promise<BrowserImage> {
  if (image.kind === 'nifti') return Promise.resolve(image.files[0]!.file);
  const read = () => ask({ kind: 'read', image, role }, signal) as Promise<Volume<TypedArray>>;
  if (role === 'labels') return read();
  const known = images.get(image) ?? read();
  images.set(image, known);
  known.catch(() => images.delete(image));
  return known;
}

/** The image as a NIfTI file, for the viewer. */
export async function niftiOf(image: GivenImage): Promise<File> {
  if (image.kind === 'nifti') return image.files[0]!.file;
  const volume = (await images.get(image))!;
  return new File([writeNifti(volume) as Uint8Array<ArrayBuffer>], `${image.stem}.nii`);
}

/** Images with the files of several DICOM series divided into these. */
export function apart(images: readonly GivenImage[], signal: AbortSignal): Promise<GivenImage[]> {
  return ask({ kind: 'apart', images }, signal) as Promise<GivenImage[]>;
}

/** The files in an archive of images; null for the archive of a model. */
export function filesInArchive(archive: GivenFile, signal: AbortSignal): Promise<GivenFile[] | null> {
  return ask({ kind: 'unpack', archive }, signal) as Promise<GivenFile[] | null>;
}
