import { badImage } from '../bad-image.ts';
import type { ItkImage } from '../itk-image.ts';
import { withoutItkNoise } from './itk-noise.ts';
import { withPlainFile } from './plain-file.ts';

/** ITK's readers by kind of file. */
type ItkReader = 'gdcm' | 'png' | 'tiff';

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs one thing after the other: each holds a whole image, and WebAssembly works on this thread anyway. No threads are
 * started and nothing is left open, so a process ends when it is done.
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
export async function writeItk(writer: 'meta' | 'nrrd', image: ItkImage, path: string): Promise<void> {
  return inTurn(async () => {
    const { [`${writer}WriteImageNode` as const]: write } = await import('@itk-wasm/image-io');
    const { couldWrite } = await withoutItkNoise(() => write(image, path, { useCompression: true }));
    if (!couldWrite) throw new Error(`ITK could not write ${path}`);
  });
}

function unreadable(where: string, cause?: unknown) {
  const remedy =
    'Copy or export it again. Images of more than about 2 GB do not fit: convert those to NIfTI elsewhere.';
  return badImage(where, 'cannot be read: it is damaged, cut short, or not what its name says', remedy, cause);
}
