import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';

/** An integer-valued label map of any storage type but 64-bit integers. */
export type LabelNumbers = Exclude<TypedArray, BigInt64Array>;

/** Voxel counts of one label: test (prediction) against reference. */
export interface Confusion {
  tp: number;
  fp: number;
  tn: number;
  fn: number;
}

/** Labels that span at most this many values are looked up in a table. */
const LARGEST_TABLE = 65_536;

/**
 * Counts the voxels of each label in one pass over both label maps. A voxel carries a label when its value equals it
 * exactly.
 *
 * @throws NnUNetError 'shape-mismatch' if `test` and `reference` differ in length
 */
export function countConfusion(test: LabelNumbers, reference: LabelNumbers, labels: readonly number[]): Confusion[] {
  if (test.length !== reference.length) {
    throw new NnUNetError('shape-mismatch', {
      what: `prediction and reference have different sizes: ${test.length} and ${reference.length} voxels`,
      remedy: 'Compare label maps of the same image, at the same resolution.',
    });
  }
  const inTest = new Float64Array(labels.length + 1);
  const inReference = new Float64Array(labels.length + 1);
  const inBoth = new Float64Array(labels.length + 1);
  const count = tableFor(labels) === null ? countByMap : countByTable;
  count({ test, reference, labels, inTest, inReference, inBoth });
  return labels.map((label) => {
    const slot = labels.indexOf(label) + 1;
    const tp = inBoth[slot]!;
    const fp = inTest[slot]! - tp;
    const fn = inReference[slot]! - tp;
    return { tp, fp, fn, tn: test.length - tp - fp - fn };
  });
}

interface Counting {
  test: LabelNumbers;
  reference: LabelNumbers;
  labels: readonly number[];
  /** Voxels per label; entry 0 counts all other values. */
  inTest: Float64Array;
  inReference: Float64Array;
  inBoth: Float64Array;
}

/** Slot of each value, counted from `low`; null if the labels are not integers close together. */
function tableFor(labels: readonly number[]): { low: number; slots: Uint16Array } | null {
  if (labels.length === 0) return { low: 0, slots: new Uint16Array(1) };
  const low = Math.min(...labels);
  const span = Math.max(...labels) - low + 1;
  if (!labels.every(Number.isInteger) || span > LARGEST_TABLE || labels.length >= LARGEST_TABLE) return null;
  const slots = new Uint16Array(span);
  for (let i = labels.length - 1; i >= 0; i--) slots[labels[i]! - low] = i + 1;
  return { low, slots };
}

function countByTable({ test, reference, labels, inTest, inReference, inBoth }: Counting): void {
  const { low, slots } = tableFor(labels)!;
  const span = slots.length;
  for (let i = 0; i < test.length; i++) {
    const a = test[i]! - low;
    const b = reference[i]! - low;
    const slotA = a >= 0 && a < span && Math.floor(a) === a ? slots[a]! : 0;
    const slotB = b >= 0 && b < span && Math.floor(b) === b ? slots[b]! : 0;
    inTest[slotA]!++;
    inReference[slotB]!++;
    if (slotA === slotB) inBoth[slotA]!++;
  }
}

function countByMap({ test, reference, labels, inTest, inReference, inBoth }: Counting): void {
  const slots = new Map<number, number>();
  labels.forEach((label, i) => {
    if (!slots.has(label)) slots.set(label, i + 1);
  });
  for (let i = 0; i < test.length; i++) {
    const slotA = slots.get(test[i]!) ?? 0;
    const slotB = slots.get(reference[i]!) ?? 0;
    inTest[slotA]!++;
    inReference[slotB]!++;
    if (slotA === slotB) inBoth[slotA]!++;
  }
}

/** Returns all values of both label maps as integers, ascending. v1 evaluates these labels if none are given. */
export function labelsIn(...maps: readonly LabelNumbers[]): number[] {
  const found = new Set<number>();
  for (const map of maps) {
    let previous = Number.NaN;
    for (let i = 0; i < map.length; i++) {
      const value = map[i]!;
      if (value !== previous) found.add(Math.trunc(value));
      previous = value;
    }
  }
  return [...found].sort((a, b) => a - b);
}
