import { createWriteStream } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { isNnUNetError } from '@nnunet/errors';
import { bytesInWords, counted, messageOf } from '@nnunet/errors/internal';
import { fileError } from '@nnunet/tensor/node/internal';
import { HEAD_BYTES, kindOf } from './image-kind.ts';
import { Refusal } from './refusal.ts';
import type { ServedFiles } from './served-files.ts';
import { unpackSlices } from './unpack-slices.ts';

/** What messages call an image without a name. */
const THE_IMAGE = 'the image';

/** An image of a request, on the disk. */
export interface ReceivedImage {
  path: string;
  /** What the client calls it. Never part of a path. */
  name: string;
}

export interface ReceiveOptions {
  /** Folder for the images. */
  folder: string;
  /** Names of the model's channels. */
  channels: readonly string[];
  /** Which files the model takes. */
  files: Pick<ServedFiles, 'kinds' | 'inWords' | 'severalPerFile'>;
  /** Limit in bytes of the whole body, and of what each archive in it contains. */
  maxUpload: number;
}

/**
 * Writes the images of a request to a folder: of a form (multipart/form-data), one file per channel in order; otherwise
 * the body is the only image. A zip archive contains the slices of one image.
 *
 * @throws Refusal 'too-large', 'bad-request', 'unknown-format'; NnUNetError 'bad-zip', 'disk-full'
 */
export async function receiveImages(request: IncomingMessage, options: ReceiveOptions): Promise<ReceivedImage[]> {
  const { channels, files, maxUpload } = options;
  const tooLarge = () =>
    new Refusal(413, {
      tag: 'too-large',
      what: `the images have more than ${bytesInWords(maxUpload)}`,
      remedy: 'Compress them (.nii.gz), crop them, or let the server allow more.',
    });
  if (Number(request.headers['content-length'] ?? 0) > maxUpload) throw tooLarge();
  let size = 0;
  /** The body, which stays open after an error, so that the client can read the answer. */
  async function* body(): AsyncGenerator<Buffer> {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > maxUpload) throw tooLarge();
      yield chunk;
    }
  }
  const isForm = /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
  const received = isForm ? filesOf(request.headers, body(), options) : bodyOf(body(), options.folder);
  const images = await received.catch((cause) => {
    throw fileError(cause, THE_IMAGE);
  });
  const count = size === 0 ? 0 : images.length;
  const enough = files.severalPerFile ? count >= 1 && count <= channels.length : count === channels.length;
  if (!enough) {
    const sent = count > channels.length ? 'more were sent' : `${count} ${count === 1 ? 'was' : 'were'} sent`;
    throw new Refusal(400, {
      tag: 'bad-request',
      what: `the model needs ${files.severalPerFile ? 'at most ' : ''}${counted(channels.length, 'image')} (${channels.join(', ')}), but ${sent}`,
      remedy:
        channels.length === 1
          ? 'POST an image, as the body or as the only file of a form.'
          : files.severalPerFile
            ? 'POST one image with all channels, or a form (multipart/form-data) of images with some each, in this order.'
            : 'POST a form (multipart/form-data) with one image per channel, in this order.',
    });
  }
  return Promise.all(images.map((image) => placed(image, files, maxUpload)));
}

async function bodyOf(body: AsyncIterable<Buffer>, folder: string): Promise<ReceivedImage[]> {
  const path = join(folder, '0');
  await pipeline(body, createWriteStream(path));
  return [{ path, name: THE_IMAGE }];
}

/** Reads a form; one file too many is enough to see. */
async function filesOf(
  headers: IncomingHttpHeaders,
  body: AsyncIterable<Buffer>,
  { folder, channels }: ReceiveOptions,
): Promise<ReceivedImage[]> {
  const images: ReceivedImage[] = [];
  const written: Promise<void>[] = [];
  try {
    const form = new Busboy({
      headers: headers as { 'content-type': string },
      limits: { files: channels.length + 1, fields: 16, fieldSize: 1024, headerPairs: 32, headerSize: 8192 },
    });
    form.on('file', (_field, stream, filename) => {
      const path = join(folder, String(images.length));
      images.push({ path, name: shownName(filename) });
      const writing = pipeline(stream, createWriteStream(path));
      // Awaited below: until then, the form may fail first.
      writing.catch(() => undefined);
      written.push(writing);
    });
    await pipeline(body, form);
    await Promise.all(written);
  } catch (cause) {
    await Promise.allSettled(written);
    if (isNnUNetError(cause) || isSystemError(cause)) throw cause;
    throw new Refusal(400, {
      tag: 'bad-request',
      what: `the form cannot be read: ${messageOf(cause)}`,
      remedy: 'Send multipart/form-data with one file per channel.',
    });
  }
  return images;
}

/** Whether a failure is the disk's or the connection's, not the form's. */
function isSystemError(error: unknown): boolean {
  return typeof (error as { code?: unknown } | null)?.code === 'string';
}

/** The end of a file name, for messages. */
function shownName(filename: string | undefined): string {
  const [name = ''] = (filename ?? '').split(/[/\\]/).slice(-1);
  return name.replace(/[^\p{L}\p{N} ._()-]/gu, '').slice(0, 80) || THE_IMAGE;
}

/**
 * Names an image after its kind, which its content tells; unpacks slices into a folder, whose path ends in a slash.
 *
 * @throws Refusal 'unknown-format'; the errors of {@link unpackSlices}
 */
async function placed(
  { path, name }: ReceivedImage,
  { kinds, inWords }: ReceiveOptions['files'],
  maxBytes: number,
): Promise<ReceivedImage> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0).finally(() => file.close());
  const kind = kindOf(buffer.subarray(0, bytesRead));
  if (kind === null || !kinds.includes(kind)) {
    const what =
      kind === null ? 'is not an image of a supported format' : `is an image of another kind than the model's`;
    throw new Refusal(422, { tag: 'unknown-format', what, where: name, remedy: `Send ${inWords}.` });
  }
  const folder = `${path}_slices/`;
  if (kind === 'zip') await unpackSlices(path, { folder, name, maxBytes });
  else if (kind === 'DICOM') {
    await mkdir(folder);
    await rename(path, join(folder, 'slice'));
  } else {
    await rename(path, path + kind);
    return { path: path + kind, name };
  }
  return { path: folder, name };
}
