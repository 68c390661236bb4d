import { open } from 'node:fs/promises';

const TAIL_BYTES = 4096;
/** The second line with which runJob begins an attempt. */
const HEADING = /^# \d{4}-\d\d-\d\dT\S+ on /;

/** Returns the last lines that the last attempt left in a job's log, without empty ones; fewer if it is short. */
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
      .slice(start > 0 ? 1 : 0)
      .map((line) => line.trimEnd());
    const heading = lines.map((line) => HEADING.test(line)).lastIndexOf(true);
    const own = lines.slice(heading + 1);
    return own.filter((line) => line !== '').slice(-count);
  } finally {
    await handle.close();
  }
}
