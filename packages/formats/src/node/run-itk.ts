import { copyFile, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { fileError } from '@nnunet/tensor/node/internal';
import { badImage } from '../bad-image.ts';
import type { ItkImage } from '../itk-image.ts';

/** ITK's readers, by kind of file. */
type ItkReader = 'gdcm' | 'png' | 'tiff';
/** ITK's writers, by kind of file. */
export type ItkWriter = 'gipl' | 'meta' | 'nrrd';

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs tasks one at a time: each holds a whole image, and WebAssembly runs on this thread anyway. No threads are
 * started and nothing is left open, so a process can exit when it is done.
 */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}

/**
 * Reads a file with one of ITK's readers.
 *
 * @throws NnUNetError 'bad-image', 'missing-file', 'no-access'
 */
export async function readItk(reader: ItkReader, path: string): Promise<ItkImage> {
  return withPlainFile(path, (plain) =>
    inTurn(async () => {
      const { [`${reader}ReadImageNode` as const]: read } = await import('@itk-wasm/image-io');
      try {
        const { couldRead, image } = await withoutItkNoise(() => read(plain));
        if (couldRead && image) return image;
      } catch (cause) {
        throw unreadable(path, cause);
      }
      throw unreadable(path);
    }),
  );
}

/** Writes an image with one of ITK's writers, compressed. */
export async function writeItk(writer: ItkWriter, image: ItkImage, path: string): Promise<void> {
  return inTurn(async () => {
    const { [`${writer}WriteImageNode` as const]: write } = await import('@itk-wasm/image-io');
    const { couldWrite } = await withoutItkNoise(() => write(image, path, { useCompression: true }));
    if (!couldWrite) throw new Error(`ITK could not write ${path}`);
  });
}

function unreadable(where: string, cause?: unknown) {
  const remedy =
    'Copy or export it again. Images larger than about 2 GB do not fit; convert those to NIfTI with another program.';
  return badImage(where, 'cannot be read: it is damaged, cut off or not what its name says', remedy, cause);
}

/**
 * Calls `use` with the absolute path of a file that WebAssembly can read: it sees only the file's own folder, so links
 * lead nowhere, and it knows only lower-case extensions. If that is a problem, a temporary copy is used.
 *
 * @throws NnUNetError 'missing-file', 'no-access'
 */
export async function withPlainFile<T>(path: string, use: (path: string) => Promise<T>): Promise<T> {
  const name = basename(path);
  const plainName = name.slice(0, name.length - extname(name).length) + extname(name).toLowerCase();
  if (plainName === name && !(await isLink(path))) return use(resolve(path));
  const folder = await mkdtemp(join(tmpdir(), 'nnunet-formats-'));
  try {
    await copyFile(path, join(folder, plainName)).catch((cause) => {
      throw fileError(cause, path);
    });
    return await use(join(folder, plainName));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (cause) {
    throw fileError(cause, path);
  }
}

/** A stack frame in a file of itk-wasm or one of its packages. */
const ITK_FRAME = /[\\/]@?itk-wasm[\\/]/;

/** Runs a task while suppressing itk-wasm's console output; other output still appears. */
export async function withoutItkNoise<T>(work: () => Promise<T>): Promise<T> {
  const { log, error } = console;
  const filter =
    (print: typeof log): typeof log =>
    (...line) => {
      if (!ITK_FRAME.test(new Error().stack ?? '')) print.apply(console, line);
    };
  console.log = filter(log);
  console.error = filter(error);
  try {
    return await work();
  } finally {
    console.log = log;
    console.error = error;
  }
}
