import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Whether two paths lead to one folder, links followed. A folder that does not exist yet is no other one. */
export async function isSameFolder(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => realpath(path).catch(() => resolve(path))));
  return first === second;
}
