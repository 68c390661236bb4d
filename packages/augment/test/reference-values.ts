import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readNpz } from '@nnunet/tensor';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const golden = fileURLToPath(new URL('../../../../shared/golden/', import.meta.url));

/** Folders to compare with: the package's own, and the whole set where it is present. */
export function referenceFolders(own: string, shared: string): string[] {
  return [fixtures + own, ...(existsSync(golden + shared) ? [golden + shared] : [])];
}

export const sharedGolden = existsSync(golden) ? golden : undefined;

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

export interface FloatTensor {
  data: Float32Array;
  shape: readonly number[];
}

const files = new Map<string, ReturnType<typeof readNpz>>();

/** All arrays of a .npz file as float32; each call of the result gives a copy. */
export async function readArrays(path: string): Promise<(name: string) => FloatTensor> {
  const arrays = await (files.get(path) ?? files.set(path, readNpz(readFileSync(path))).get(path)!);
  return (name) => {
    const found = arrays.get(name);
    if (!found) throw new Error(`no array ${name} in ${path}`);
    return { data: Float32Array.from(found.data as Float32Array), shape: found.shape };
  };
}

/** Not a number where any of them is not. */
export function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let greatest = 0;
  for (let i = 0; i < a.length; i++) {
    greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!));
  }
  return greatest;
}
