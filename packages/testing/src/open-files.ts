import { readdirSync, readlinkSync } from 'node:fs';

const DESCRIPTORS = '/proc/self/fd';

/**
 * Returns the files below a folder that this process holds open, sorted. `afterAll(() =>
 * expect(openFiles(root)).toEqual([]))` finds files that were not closed. Works only on Linux; returns an empty list
 * elsewhere.
 */
export function openFiles(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  const targets = readdirSync(DESCRIPTORS).flatMap((name) => {
    try {
      return [readlinkSync(`${DESCRIPTORS}/${name}`)];
    } catch {
      // Closed since it was listed, like the list itself.
      return [];
    }
  });
  return targets.filter((target) => target.startsWith(`${folder}/`)).sort();
}
