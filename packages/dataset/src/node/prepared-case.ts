import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { sizeOf } from '@nnunet/tensor';
import {
  fileError,
  type NpyFile,
  openNpy,
  readFileBytes,
  readNpzFile,
  writeFileAtomic,
  writeNpyFile,
} from '@nnunet/tensor/node';
import type { CaseProperties } from '../case-properties.ts';
import { parseCaseProperties } from '../case-properties-schema.ts';
import { formatJson } from '../json-with-nan.ts';
import { joinPath } from '../roots.ts';
import { copyBox } from './copy-box.ts';

/** Class to its stored voxels, (n, 3) int32, (z, y, x) in network order, in v1's drawing order. */
export type ClassLocations = Record<string, Int32Array>;

/** A preprocessed case: what training reads. */
export interface PreparedCaseContent {
  /** (modalities + 1, z, y, x), network order; the last channel holds the labels. */
  data: Float32Array;
  shape: readonly [number, number, number, number];
  properties: CaseProperties;
  /** For every foreground class, also those without voxels; left out for a case without labels. */
  locations?: ClassLocations;
}

/** A prepared case on disk. Close it after use. */
export interface PreparedCase {
  readonly id: string;
  /** (modalities + 1, z, y, x) */
  readonly shape: readonly [number, number, number, number];
  readonly properties: CaseProperties;
  /** Class to number of stored voxels; null when none are stored. */
  readonly locationCounts: Readonly<Record<string, number>> | null;
  /**
   * All channels of the box from `lo` to `hi` (exclusive), (z, y, x), within the image: float32, (channels, box…).
   * Reads little more than the box from the disk.
   */
  readBox(lo: readonly number[], hi: readonly number[]): Promise<Float32Array>;
  /** One stored voxel (z, y, x) of a class, by its index. */
  location(label: number | string, index: number): Promise<[number, number, number]>;
  /** All stored voxels. */
  locations(): Promise<ClassLocations | null>;
  close(): Promise<void>;
}

const LOCATIONS = '_locations.npy';
const COUNTS = 'class_location_counts';

/**
 * Writes `<id>.npy`, `<id>_locations.npy` (int32, (n, 4): class and z, y, x; classes ascending) and, last, `<id>.json`
 * with the properties and the counts per class, so that a case with its JSON is complete.
 * @throws NnUNetError 'usage' for an id that would collide, 'disk-full', 'no-access', …
 */
export async function writePreparedCase(folder: string, id: string, content: PreparedCaseContent): Promise<void> {
  const { data, shape, properties, locations } = content;
  if (id === '' || id.endsWith('_locations') || /[/\\]/.test(id)) {
    const remedy = 'Name the case otherwise: no slash, and not ending in _locations.';
    throw new NnUNetError('usage', { what: `"${id}" cannot be the name of a case`, remedy });
  }
  if (data.length !== sizeOf(shape)) throw new RangeError(`${data.length} values for shape ${shape.join(' x ')}`);
  const base = joinPath(folder, id);
  await rm(`${base}.json`, { force: true });
  await writeNpyFile(`${base}.npy`, { data, shape });
  const extra: Record<string, unknown> = {};
  if (locations === undefined) {
    await rm(base + LOCATIONS, { force: true });
  } else {
    const labels = Object.keys(locations).sort((a, b) => Number(a) - Number(b));
    const counts = labels.map((label) => locations[label]!.length / 3);
    const rows = new Int32Array(counts.reduce((sum, n) => sum + n, 0) * 4);
    let at = 0;
    for (const label of labels) {
      const voxels = locations[label]!;
      for (let i = 0; i < voxels.length; i += 3) {
        rows[at++] = Number(label);
        rows[at++] = voxels[i]!;
        rows[at++] = voxels[i + 1]!;
        rows[at++] = voxels[i + 2]!;
      }
    }
    await writeNpyFile(base + LOCATIONS, { data: rows, shape: [rows.length / 4, 4] });
    extra[COUNTS] = Object.fromEntries(labels.map((label, i) => [label, counts[i]]));
  }
  await writeFileAtomic(`${base}.json`, formatJson({ ...properties, ...extra }));
}

/**
 * Opens a case: `<id>.npy` by position, or v1's `<id>.npz`, which is read whole.
 * @throws NnUNetError 'missing-file', 'bad-npy', 'bad-prepared-case', 'bad-case-properties', …
 */
export async function openPreparedCase(folder: string, id: string): Promise<PreparedCase> {
  const base = joinPath(folder, id);
  if (!existsSync(`${base}.json`) && existsSync(`${base}.pkl`)) {
    throw new NnUNetError('missing-file', {
      what: "only v1's pickle of the properties is there, no JSON file",
      where: `${base}.json`,
      remedy: 'Preprocess the case again, or write its properties as JSON (writeCaseProperties).',
    });
  }
  const { properties, counts } = await readProperties(`${base}.json`);
  const array = existsSync(`${base}.npy`) ? await openArray(`${base}.npy`) : await readWholeArray(`${base}.npz`);
  return new StoredCase(id, array, properties, counts, base + LOCATIONS);
}

/**
 * The cases of a folder, sorted: those with `<id>.npz`, and those with `<id>.npy` and `<id>.json` (an .npy without is
 * unfinished).
 */
export async function listCases(folder: string): Promise<string[]> {
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (cause) {
    throw fileError(cause, folder);
  }
  const present = new Set(files);
  const ids = new Set<string>();
  for (const file of files) {
    if (file.startsWith('.')) continue;
    const id = file.slice(0, -4);
    if (file.endsWith('.npz') && !file.endsWith('_segFromPrevStage.npz')) ids.add(id);
    if (file.endsWith('.npy') && !file.endsWith(LOCATIONS) && present.has(`${id}.json`)) ids.add(id);
  }
  return [...ids].sort();
}

/** An array with four axes that gives boxes. */
interface BoxArray {
  shape: readonly [number, number, number, number];
  readBox(lo: readonly number[], hi: readonly number[]): Promise<Float32Array>;
  close(): Promise<void>;
}

class StoredCase implements PreparedCase {
  readonly id: string;
  readonly shape: readonly [number, number, number, number];
  readonly properties: CaseProperties;
  readonly locationCounts: Readonly<Record<string, number>> | null;
  readonly #array: BoxArray;
  readonly #locationFile: string;
  #locations: Promise<NpyFile> | null = null;

  constructor(
    id: string,
    array: BoxArray,
    properties: CaseProperties,
    counts: Record<string, number> | null,
    locationFile: string,
  ) {
    this.id = id;
    this.#array = array;
    this.shape = array.shape;
    this.properties = properties;
    this.locationCounts = counts;
    this.#locationFile = locationFile;
  }

  readBox(lo: readonly number[], hi: readonly number[]): Promise<Float32Array> {
    return this.#array.readBox([0, ...lo], [this.shape[0], ...hi]);
  }

  async location(label: number | string, index: number): Promise<[number, number, number]> {
    const count = this.locationCounts?.[label] ?? 0;
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new RangeError(`case ${this.id} stores ${count} voxels of class ${label}, there is no index ${index}`);
    }
    const row = this.#start(Number(label)) + index;
    const [found, z, y, x] = (await (await this.#openLocations()).read(row * 4, 4)) as Int32Array;
    if (found !== Number(label)) throw this.#contradiction();
    return [z!, y!, x!];
  }

  async locations(): Promise<ClassLocations | null> {
    const counts = this.locationCounts;
    if (counts === null) return null;
    const file = await this.#openLocations();
    const rows = (await file.read(0, sizeOf(file.shape))) as Int32Array;
    const result: ClassLocations = {};
    for (const label of Object.keys(counts)) {
      const first = this.#start(Number(label));
      const voxels = new Int32Array(counts[label]! * 3);
      for (let i = 0; i < counts[label]!; i++) {
        const at = (first + i) * 4;
        if (rows[at] !== Number(label)) throw this.#contradiction();
        voxels[i * 3] = rows[at + 1]!;
        voxels[i * 3 + 1] = rows[at + 2]!;
        voxels[i * 3 + 2] = rows[at + 3]!;
      }
      result[label] = voxels;
    }
    return result;
  }

  async close(): Promise<void> {
    const locations = this.#locations;
    this.#locations = null;
    await this.#array.close();
    await locations?.then(
      (file) => file.close(),
      () => undefined, // it could not be opened, which was told then
    );
  }

  /** Rows of lower classes. */
  #start(label: number): number {
    let rows = 0;
    for (const [other, count] of Object.entries(this.locationCounts!)) if (Number(other) < label) rows += count;
    return rows;
  }

  #openLocations(): Promise<NpyFile> {
    this.#locations ??= openNpy(this.#locationFile).then(async (file) => {
      const total = Object.values(this.locationCounts!).reduce((sum, n) => sum + n, 0);
      if (file.dtype === 'int32' && file.shape.join() === `${total},4`) return file;
      await file.close();
      throw this.#contradiction();
    });
    return this.#locations;
  }

  #contradiction(): NnUNetError {
    return badCase(this.#locationFile, 'does not fit the counts in the JSON file of the case');
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
  if (array === undefined) throw badCase(path, 'holds no array "data"');
  const shape = checkArray(path, array.dtype, array.shape);
  const data = array.data as Float32Array;
  return { shape, readBox: async (lo, hi) => copyBox(data, shape, lo, hi), close: async () => undefined };
}

function checkArray(path: string, dtype: string, shape: readonly number[]): readonly [number, number, number, number] {
  if (dtype === 'float32' && shape.length === 4 && shape[0]! >= 2) return shape as [number, number, number, number];
  throw badCase(path, `float32 (modalities + 1, z, y, x) expected, found ${dtype} (${shape.join(', ')})`);
}

function badCase(where: string, what: string): NnUNetError {
  const remedy = 'Delete the files of this case and preprocess it again.';
  return new NnUNetError('bad-prepared-case', { what, where, remedy });
}

async function readProperties(
  path: string,
): Promise<{ properties: CaseProperties; counts: Record<string, number> | null }> {
  const all = parseCaseProperties(new TextDecoder().decode(await readFileBytes(path)), path);
  const { [COUNTS]: counts = null, ...properties } = all as CaseProperties & { [COUNTS]?: Record<string, number> };
  const valid = counts === null || Object.values(counts).every((n) => Number.isInteger(n) && n >= 0);
  if (!valid) throw badCase(path, `"${COUNTS}" must hold a number of voxels per class`);
  return { properties, counts };
}
