import type { FileHandle } from 'node:fs/promises';
import { parseSafetensorsHead, safetensorsHeadBytes } from '../safetensors.ts';
import { readFully } from './read-file.ts';

/**
 * Reads the header of an open .safetensors file (see `parseSafetensorsHead`), and the offset of its tensors.
 * @throws NnUNetError 'bad-safetensors'
 */
export async function readSafetensorsHead(
  file: FileHandle,
  path: string,
): Promise<{ head: Record<string, unknown>; dataOffset: number }> {
  const { size } = await file.stat();
  const start = new Uint8Array(Math.min(8, size));
  await readFully(file, path, start, 0);
  const bytes = new Uint8Array(safetensorsHeadBytes(start, size, path));
  await readFully(file, path, bytes, 0);
  return { head: parseSafetensorsHead(bytes, path), dataOffset: bytes.length };
}
