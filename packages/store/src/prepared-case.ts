import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { type CaseProperties, type ClassLocations, formatJson, parseCaseProperties } from '@nnunet/schema';
import { checkCaseProperties, joinPath, requireCaseId } from '@nnunet/schema/internal';
import { sizeOf } from '@nnunet/tensor';
import { copyBox } from '@nnunet/tensor/internal';
import { openNpy, readNpzFile, writeNpyFile } from '@nnunet/tensor/node';
import { readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { badCase, type LocationSource, numbersOfKeys, StoredLocations, v1ClassLocations } from './class-locations.ts';
import { readV1Pickle, v1Json, v1PickleOf } from './v1-pickle.ts';

/** A preprocessed case, as used for training. */
export interface PreparedCaseContent {
  /** (modalities + 1, z, y, x), network order; the last channel contains the labels. */
  data: Float32Array;
  shape: readonly [number, number, number, number];
  properties: CaseProperties;
  /** Locations of every foreground class, including those without voxels; omitted for a case without labels. */
  locations?: ClassLocations;
}

/** A prepared case on disk. Close it after use. */
export interface PreparedCase {
  readonly id: string;
  /** (modalities + 1, z, y, x) */
  readonly shape: readonly [number, number, number, number];
  readonly properties: CaseProperties;
  /** Number of stored voxels per class, by its key as in {@link ClassLocations}; null if none are stored. */
  readonly locationCounts: Readonly<Record<string, number>> | null;
  /**
   * Reads all channels of the box from `lo` to `hi` (exclusive), (z, y, x), within the image: float32, (channels,
   * box…). Reads little more than the box from disk.
   */
  readBox(lo: readonly number[], hi: readonly number[]): Promise<Float32Array>;
  /** Returns one stored voxel (z, y, x) of a class, by its index. */
  location(key: number | string, index: number): Promise<[number, number, number]>;
  /** Returns all stored voxels. */
  locations(): Promise<ClassLocations | null>;
  close(): Promise<void>;
}

export const LOCATIONS = '_locations.npy';
const COUNTS = 'class_location_counts';

/**
 * Writes `<id>.npy`, `<id>_locations.npy` (int32, (n, 4): class and z, y, x, in the order of {@link numbersOfKeys}) and
 * finally `<id>.json` with the properties and the counts per class. A case with a JSON file is therefore complete.
 * @throws NnUNetError 'bad-case-id' for an id that would collide, 'disk-full', 'no-access', …
 */
export async function writePreparedCase(folder: string, id: string, content: PreparedCaseContent): Promise<void> {
  const { data, shape, properties, locations } = content;
  requireCaseId(id);
  if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} values for shape ${shape.join(' x ')}`);
  const base = joinPath(folder, id);
  await rm(`${base}.json`, { force: true });
  await writeNpyFile(`${base}.npy`, { data, shape });
  const extra: Record<string, unknown> = {};
  if (locations === undefined) {
    await rm(base + LOCATIONS, { force: true });
  } else {
    const numbers = [...numbersOfKeys(Object.keys(locations))];
    const counts = numbers.map(([key]) => locations[key]!.length / 3);
    const rows = new Int32Array(counts.reduce((sum, n) => sum + n, 0) * 4);
    let at = 0;
    for (const [key, number] of numbers) {
      const voxels = locations[key]!;
      for (let i = 0; i < voxels.length; i += 3) {
        rows[at++] = number;
        rows[at++] = voxels[i]!;
        rows[at++] = voxels[i + 1]!;
        rows[at++] = voxels[i + 2]!;
      }
    }
    await writeNpyFile(base + LOCATIONS, { data: rows, shape: [rows.length / 4, 4] });
    extra[COUNTS] = Object.fromEntries(numbers.map(([key], i) => [key, counts[i]]));
  }
  await writeFileAtomic(`${base}.json`, formatJson({ ...properties, ...extra }));
}

/**
 * Opens a case: `<id>.npy`, read by position, or v1's `<id>.npz`, read as a whole. If there is no `<id>.json` but v1's
 * `<id>.pkl`, properties and class locations come from it.
 * @throws NnUNetError 'missing-file', 'bad-npy', 'bad-prepared-case', 'bad-case-properties', 'bad-pickle', …
 */
export async function openPreparedCase(folder: string, id: string): Promise<PreparedCase> {
  const base = joinPath(folder, id);
  const pickle = v1PickleOf(`${base}.json`);
  const described = pickle === null ? await readDescription(base) : await readV1Description(pickle);
  const opened = existsSync(`${base}.npy`) ? openArray(`${base}.npy`) : readWholeArray(`${base}.npz`);
  const array = await opened.catch((cause: unknown) => {
    throw madeByPreprocessing(cause);
  });
  try {
    return new StoredCase(id, array, described.properties, described.locations(array.shape));
  } catch (cause) {
    await array.close();
    throw cause;
  }
}

/** The remedy for a damaged array is to preprocess it again. */
function madeByPreprocessing(cause: unknown): unknown {
  if (!isNnUNetError(cause, 'bad-npy')) return cause;
  const { tag, where, what } = cause;
  return new NnUNetError(tag, { where, what, remedy: 'Delete it and preprocess the task again.', cause });
}

/** An array with four axes from which boxes can be read. */
interface BoxArray {
  shape: readonly [number, number, number, number];
  readBox(lo: readonly number[], hi: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

class StoredCase implements PreparedCase {
  readonly id: string;
  readonly shape: readonly [number, number, number, number];
  readonly properties: CaseProperties;
  readonly #array: BoxArray;
  readonly #locations: LocationSource | null;

  constructor(id: string, array: BoxArray, properties: CaseProperties, locations: LocationSource | null) {
    this.id = id;
    this.#array = array;
    this.shape = array.shape;
    this.properties = properties;
    this.#locations = locations;
  }

  get locationCounts(): Readonly<Record<string, number>> | null {
    return this.#locations?.counts ?? null;
  }

  readBox(lo: readonly number[], hi: readonly number[]): Promise<Float32Array> {
    return this.#array.readBox([0, ...lo], [this.shape[0], ...hi]);
  }

  async location(key: number | string, index: number): Promise<[number, number, number]> {
    const count = this.locationCounts?.[key] ?? 0;
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new RangeError(`case ${this.id} stores ${count} voxels of class ${key}; there is no index ${index}`);
    }
    return this.#locations!.location(key, index);
  }

  async locations(): Promise<ClassLocations | null> {
    return this.#locations === null ? null : this.#locations.all();
  }

  async close(): Promise<void> {
    await this.#array.close();
    await this.#locations?.close();
  }
}

async function openArray(path: string): Promise<BoxArray> {
  const file = await openNpy(path);
  try {
    const shape = checkArray(path, file.dtype, file.shape);
    return {
      shape,
      readBox: async (lo, hi) => (await file.readBox(lo, hi)).data as Float32Array,
      close: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

async function readWholeArray(path: string): Promise<BoxArray> {
  const array = (await readNpzFile(path)).get('data');
  if (array === undefined) throw badCase(path, 'contains no array "data"');
  const shape = checkArray(path, array.dtype, array.shape);
  const data = array.data as Float32Array;
  return {
    shape,
    readBox: async (lo, hi) =>
      copyBox(
        data,
        shape,
        Array.from(lo, (low, a) => [low, hi[a]!] as const),
      ),
    close: async () => undefined,
  };
}

function checkArray(path: string, dtype: string, shape: readonly number[]): readonly [number, number, number, number] {
  if (dtype === 'float32' && shape.length === 4 && shape[0]! >= 2) return shape as [number, number, number, number];
  throw badCase(path, `float32 (modalities + 1, z, y, x) expected, found ${dtype} (${shape.join(', ')})`);
}

/** What is known about a case besides its array, of the given shape. */
interface Description {
  properties: CaseProperties;
  locations(shape: readonly number[]): LocationSource | null;
}

async function readDescription(base: string): Promise<Description> {
  const path = `${base}.json`;
  const all = parseCaseProperties(await readTextFile(path), path);
  const { [COUNTS]: counts = null, ...properties } = all as CaseProperties & { [COUNTS]?: Record<string, number> };
  const valid = counts === null || Object.values(counts).every((n) => Number.isInteger(n) && n >= 0);
  if (!valid) throw badCase(path, `"${COUNTS}" must hold a number of voxels per class`);
  return { properties, locations: () => (counts === null ? null : new StoredLocations(base + LOCATIONS, counts)) };
}

async function readV1Description(path: string): Promise<Description> {
  const content = await readV1Pickle(path);
  const voxels = content instanceof Map ? content.get('class_locations') : undefined;
  if (content instanceof Map) content.delete('class_locations');
  const properties = checkCaseProperties(v1Json(content, path), path);
  return { properties, locations: (shape) => (voxels === undefined ? null : v1ClassLocations(voxels, shape, path)) };
}
