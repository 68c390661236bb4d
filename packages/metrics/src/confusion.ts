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

/** Labels are looked up in a table while they span no more than this many values. */
const LARGEST_TABLE = 65_536;

/**
 * Voxel counts per label, in one pass over both label maps. `test` and `reference` must have the same length
 * (throws 'shape-mismatch'); a voxel carries a label when its value equals it exactly.
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
  /** Voxels per label; entry 0 takes every other value. */
  inTest: Float64Array;
  inReference: Float64Array;
  inBoth: Float64Array;
}

/** Slot of each value from `low` on; null where the labels are not integers close together. */
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

/** All values of both label maps, ascending, as integers: the labels that v1 evaluates when it is told none. */
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
