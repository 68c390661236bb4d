import { readdirSync, readlinkSync } from 'node:fs';

const DESCRIPTORS = '/proc/self/fd';

/**
 * Files below a folder that this process holds open, sorted: `afterAll(() => expect(openFiles(root)).toEqual([]))` sees what
 * was not closed. Known on Linux alone; elsewhere none.
 */
export function openFiles(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  const targets = readdirSync(DESCRIPTORS).flatMap((name) => {
    try {
      return [readlinkSync(`${DESCRIPTORS}/${name}`)];
    } catch {
      // Closed since it was listed, as the list itself.
      return [];
    }
  });
  return targets.filter((target) => target.startsWith(`${folder}/`)).sort();
}
