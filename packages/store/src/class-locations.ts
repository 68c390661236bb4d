import { NnUNetError } from '@nnunet/errors';
import { PickledArray } from '@nnunet/pickle';
import type { ClassLocations } from '@nnunet/schema';
import { sizeOf } from '@nnunet/tensor';
import { type NpyFile, openNpy } from '@nnunet/tensor/node';

/** The stored voxels of a case. */
export interface LocationSource {
  /** Number of voxels per class, by its key: a label, or several joined by commas. */
  readonly counts: Readonly<Record<string, number>>;
  /** Returns a voxel (z, y, x) of a class, by an index below its count. */
  location(key: number | string, index: number): Promise<[number, number, number]>;
  all(): Promise<ClassLocations>;
  close(): Promise<void>;
}

/** Creates the error for a prepared case whose files are damaged or inconsistent. */
export function badCase(where: string, what: string): NnUNetError {
  const remedy = 'Delete the files of this case and preprocess it again.';
  return new NnUNetError('bad-prepared-case', { what, where, remedy });
}

/**
 * Returns the keys of classes in the order of their rows in a file, each with the number that stands for it there: first
 * the labels, ascending, each for itself, then the keys of several labels, sorted as text, as -1, -2, …
 */
export function numbersOfKeys(keys: readonly string[]): Map<string, number> {
  const single = keys.filter((key) => /^\d+$/.test(key)).sort((a, b) => Number(a) - Number(b));
  const several = keys.filter((key) => !single.includes(key)).sort();
  return new Map([
    ...single.map((key) => [key, Number(key)] as const),
    ...several.map((key, i) => [key, -1 - i] as const),
  ]);
}

/** Locations in an .npy file, int32 (n, 4): rows of class, z, y, x, in the order of {@link numbersOfKeys}. Opened on first use. */
export class StoredLocations implements LocationSource {
  readonly counts: Readonly<Record<string, number>>;
  readonly #path: string;
  /** By key: the number of its class in the file, and its first row. */
  readonly #rows: ReadonlyMap<string, { number: number; first: number }>;
  #file: Promise<NpyFile> | null = null;
  #closed = false;

  constructor(path: string, counts: Readonly<Record<string, number>>) {
    this.#path = path;
    this.counts = counts;
    let first = 0;
    this.#rows = new Map(
      [...numbersOfKeys(Object.keys(counts))].map(([key, number]) => {
        const row = { number, first };
        first += counts[key]!;
        return [key, row];
      }),
    );
  }

  async location(key: number | string, index: number): Promise<[number, number, number]> {
    const row = this.#rows.get(String(key));
    if (row === undefined) throw this.#contradiction();
    const [found, z, y, x] = await this.#read((file) => file.read((row.first + index) * 4, 4));
    if (found !== row.number) throw this.#contradiction();
    return [z!, y!, x!];
  }

  async all(): Promise<ClassLocations> {
    const rows = await this.#read((file) => file.read(0, sizeOf(file.shape)));
    const result: ClassLocations = {};
    for (const [key, { number, first }] of this.#rows) {
      const count = this.counts[key]!;
      const voxels = new Int32Array(count * 3);
      for (let i = 0; i < count; i++) {
        const at = (first + i) * 4;
        if (rows[at] !== number) throw this.#contradiction();
        voxels[i * 3] = rows[at + 1]!;
        voxels[i * 3 + 1] = rows[at + 2]!;
        voxels[i * 3 + 2] = rows[at + 3]!;
      }
      result[key] = voxels;
    }
    return result;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    this.#closed = true;
    await file?.then(
      (open) => open.close(),
      () => undefined, // It could not be opened, which has already been reported.
    );
  }

  /** A request that is still running when the case is closed opens the file and closes it immediately. */
  async #read(read: (file: NpyFile) => Promise<unknown>): Promise<Int32Array> {
    if (!this.#closed) {
      this.#file ??= this.#open();
      return (await read(await this.#file)) as Int32Array;
    }
    const file = await this.#open();
    try {
      return (await read(file)) as Int32Array;
    } finally {
      await file.close();
    }
  }

  #open(): Promise<NpyFile> {
    return openNpy(this.#path).then(async (file) => {
      const total = Object.values(this.counts).reduce((sum, n) => sum + n, 0);
      if (file.dtype === 'int32' && file.shape.join() === `${total},4`) return file;
      await file.close();
      throw this.#contradiction();
    });
  }

  #contradiction(): NnUNetError {
    return badCase(this.#path, 'does not fit the counts in the JSON file of the case');
  }
}

/** Locations in memory. */
export class LocationsInMemory implements LocationSource {
  readonly counts: Readonly<Record<string, number>>;
  readonly #voxels: Readonly<ClassLocations>;

  constructor(voxels: Readonly<ClassLocations>) {
    this.#voxels = voxels;
    this.counts = Object.fromEntries(Object.entries(voxels).map(([label, list]) => [label, list.length / 3]));
  }

  async location(key: number | string, index: number): Promise<[number, number, number]> {
    const [z, y, x] = this.#voxels[key]!.subarray(index * 3, index * 3 + 3);
    return [z!, y!, x!];
  }

  async all(): Promise<ClassLocations> {
    return Object.fromEntries(Object.entries(this.#voxels).map(([label, list]) => [label, list.slice()]));
  }

  async close(): Promise<void> {}
}

/**
 * Converts v1's `class_locations`: a dictionary from class to an array (n, 3) of voxels, or an empty list.
 * @param shape (channels, z, y, x) of the case
 * @throws NnUNetError 'bad-prepared-case'
 */
export function v1ClassLocations(content: unknown, shape: readonly number[], where: string): LocationSource {
  if (!(content instanceof Map)) throw badCase(where, '"class_locations" must be a dictionary');
  const voxels: ClassLocations = {};
  for (const [label, list] of content) {
    if (!Number.isSafeInteger(label)) throw badCase(where, `"class_locations" has a class ${String(label)}`);
    voxels[label as number] = voxelList(list, shape) ?? badVoxels(where, label as number);
  }
  return new LocationsInMemory(voxels);
}

function badVoxels(where: string, label: number): never {
  throw badCase(where, `"class_locations" must hold voxels (n, 3) within the image for class ${label}`);
}

function voxelList(list: unknown, shape: readonly number[]): Int32Array | null {
  if (Array.isArray(list) && list.length === 0) return new Int32Array(0);
  if (!(list instanceof PickledArray) || list.shape.length !== 2 || list.shape[1] !== 3) return null;
  const voxels = new Int32Array(list.data.length);
  for (let i = 0; i < voxels.length; i++) {
    const value = Number(list.data[i]);
    if (!(Number.isInteger(value) && value >= 0 && value < shape[1 + (i % 3)]!)) return null;
    voxels[i] = value;
  }
  return voxels;
}
