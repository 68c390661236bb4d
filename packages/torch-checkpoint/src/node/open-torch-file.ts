import { type FileHandle, open } from 'node:fs/promises';
import { isNnUNetError } from '@nnunet/errors';
import { fileError, readFully } from '@nnunet/tensor/node/internal';
import { badCheckpoint } from '../bad-checkpoint.ts';
import { openTorchCheckpoint, type TorchCheckpoint } from '../open-torch-checkpoint.ts';
import type { RangeSource } from '../range-source.ts';

/** An open checkpoint file. Close it after reading the last tensor. */
export interface TorchFile extends TorchCheckpoint {
  close(): Promise<void>;
}

/**
 * Opens a `.model`, `.pth` or `.pt` file of any size; tensors are read from disk individually.
 * @throws NnUNetError 'bad-checkpoint', 'missing-file', 'no-access', …
 */
export async function openTorchFile(path: string): Promise<TorchFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const handle = file;
    const stat = await file.stat();
    if (stat.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    const source: RangeSource = {
      size: stat.size,
      name: path,
      readRange: (start, length) => readRange(handle, path, start, length),
    };
    const checkpoint = await openTorchCheckpoint(source);
    return { ...checkpoint, close: () => handle.close() };
  } catch (cause) {
    await file?.close();
    throw fileError(cause, path);
  }
}

async function readRange(file: FileHandle, path: string, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await readFully(file, path, bytes, start).catch((cause: unknown) => {
    throw isNnUNetError(cause, 'cut-off')
      ? badCheckpoint(path, 'became shorter while it was read')
      : fileError(cause, path);
  });
  return bytes;
}
