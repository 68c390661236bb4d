import { NnUNetError } from '@nnunet/errors';
import type { LocationsByClass } from './patch-sampling.ts';

/** A box of a prepared case. All arrays are row-major over the box, (z, y, x). */
export interface PatchBox {
  /** (modalities, z, y, x) */
  data: Float32Array;
  /** Labels, −1 outside the nonzero mask. */
  seg: Float32Array | Int8Array | Int16Array | Uint8Array;
  /** Labels predicted by the previous stage, for a cascade. */
  previous?: Float32Array | Int8Array | Int16Array | Uint8Array;
}

/**
 * A source of patches. Methods may return values or promises. Shapes and boxes are (z, y, x) in network order; a box
 * [lower, upper) lies within the case.
 */
export interface PatchSource {
  readonly caseIds: readonly string[];
  /** Number of modalities. */
  readonly channels: number;
  shapeOf(index: number): readonly number[] | Promise<readonly number[]>;
  readBox(index: number, lower: readonly number[], upper: readonly number[]): PatchBox | Promise<PatchBox>;
  /** Stored voxels per class, in stored order. */
  classLocations(index: number): LocationsByClass | Promise<LocationsByClass>;
}

/** A whole prepared case in memory. */
export interface ArrayCase extends PatchBox {
  id: string;
  /** (z, y, x); 2D datasets have slices along axis 0. */
  shape: readonly number[];
  /** Default: all voxels of every foreground class, in scan order. */
  classLocations?: LocationsByClass;
}

/** Creates a source of cases in memory. Throws 'bad-case' if the cases are inconsistent. */
export function arraySource(cases: readonly ArrayCase[]): PatchSource {
  const channelsOf = (c: ArrayCase) => c.data.length / c.seg.length;
  if (cases.length === 0) throw new NnUNetError('bad-case', { what: 'there is no case to sample patches from' });
  const channels = channelsOf(cases[0]!);
  for (const c of cases) {
    const size = c.shape.reduce((a, b) => a * b, 1);
    if (c.shape.length !== 3 || c.seg.length !== size || channelsOf(c) !== channels || !Number.isInteger(channels)) {
      throw new NnUNetError('bad-case', {
        where: c.id,
        what: `shape ${c.shape} does not fit ${c.data.length} values and ${c.seg.length} labels of ${channels} modalities`,
      });
    }
    if (c.previous && c.previous.length !== size) {
      throw new NnUNetError('bad-case', {
        where: c.id,
        what: 'the segmentation of the previous stage has another shape',
      });
    }
  }
  const locations = new Map<number, LocationsByClass>();
  return {
    caseIds: cases.map((c) => c.id),
    channels,
    shapeOf: (index) => cases[index]!.shape,
    readBox: (index, lower, upper) => cutBox(cases[index]!, cases[index]!.shape, lower, upper),
    classLocations: (index) => {
      const given = cases[index]!.classLocations ?? locations.get(index);
      if (given) return given;
      const found = locateClasses(cases[index]!.seg, cases[index]!.shape);
      locations.set(index, found);
      return found;
    },
  };
}

/** Copies a box from whole arrays. */
export function cutBox(
  whole: PatchBox,
  shape: readonly number[],
  lower: readonly number[],
  upper: readonly number[],
): PatchBox {
  const cut = (values: Readable) => cutChannels(values, shape, lower, upper);
  return { data: cut(whole.data), seg: cut(whole.seg), previous: whole.previous && cut(whole.previous) };
}

type Readable = Float32Array | Int8Array | Int16Array | Uint8Array;

/** Copies a box from every channel of (c, z, y, x); `shape` is (z, y, x). */
export function cutChannels(
  values: Readable,
  shape: readonly number[],
  lower: readonly number[],
  upper: readonly number[],
): Float32Array {
  const [n0, n1, n2] = shape as [number, number, number];
  const width = upper[2]! - lower[2]!;
  const channels = values.length / (n0 * n1 * n2);
  const out = new Float32Array(channels * (upper[0]! - lower[0]!) * (upper[1]! - lower[1]!) * width);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let z = lower[0]!; z < upper[0]!; z++) {
      for (let y = lower[1]!; y < upper[1]!; y++) {
        const start = ((c * n0 + z) * n1 + y) * n2 + lower[2]!;
        for (let x = 0; x < width; x++) out[at++] = values[start + x]!;
      }
    }
  }
  return out;
}

/** Returns all voxels of every label above 0, in scan order. */
export function locateClasses(seg: Readable, shape: readonly number[]): LocationsByClass {
  const lists = new Map<number, number[]>();
  const [, n1, n2] = shape as [number, number, number];
  for (let i = 0; i < seg.length; i++) {
    const label = seg[i]!;
    if (label <= 0) continue;
    const list = lists.get(label) ?? [];
    if (list.length === 0) lists.set(label, list);
    list.push(Math.floor(i / (n1 * n2)), Math.floor(i / n2) % n1, i % n2);
  }
  return new Map([...lists].sort((a, b) => a[0] - b[0]).map(([label, list]) => [label, Int32Array.from(list)]));
}
