import { open } from 'node:fs/promises';

const TAIL_BYTES = 4096;

/** Returns the last lines of a job's log, without empty ones and headings of attempts; fewer if it is short. */
export async function lastLines(file: string, count: number): Promise<string[]> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return [];
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const buffer = Buffer.alloc(size - start);
    await handle.read(buffer, 0, buffer.length, start);
    const lines = buffer
      .toString('utf8')
      .split('\n')
      .slice(start > 0 ? 1 : 0);
    return lines
      .map((line) => line.trimEnd())
      .filter((line) => line !== '' && !/^[$#] /.test(line))
      .slice(-count);
  } finally {
    await handle.close();
  }
}
