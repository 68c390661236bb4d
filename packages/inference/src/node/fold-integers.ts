import { existsSync } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import type { ActivationRanges } from '@nnunet/network/internal';
import { formatJson } from '@nnunet/schema';
import { hashSettings } from '@nnunet/store/internal';
import { readFileBytes, writeFileAtomic } from '@nnunet/tensor/node/internal';

/** In a fold's folder: what its network needs to be computed with 8-bit integers, and what these cost. */
export const INTEGERS_FILE = 'quick_integers.json';

const FORMAT = { format: 'nnunet-quick-integers', version: 1 } as const;

/** Dice of a label or region in floating point and with 8-bit integers; null for a label that neither contains. */
export type DicePair = readonly [float: number | null, integer: number | null];

/** Dice of validation cases by case and label, or name of the region. */
export type MeasuredDice = Readonly<Record<string, Readonly<Record<string, DicePair>>>>;

/** What a fold's network needs to be computed with 8-bit integers. */
export interface FoldIntegers {
  /** Identity of the weights; see `identityOf`. */
  weights: string;
  /** Training cases on which the ranges were measured. */
  calibratedOn: readonly string[];
  dice: MeasuredDice;
  ranges: ActivationRanges;
}

/** Writes a fold's file in one step, with a checksum. */
export async function writeFoldIntegers(
  file: string,
  { weights, calibratedOn, dice, ranges }: FoldIntegers,
): Promise<void> {
  const content = { ...FORMAT, weights, calibrated_on: calibratedOn, dice, ranges: Object.fromEntries(ranges) };
  await writeFileAtomic(file, formatJson({ ...content, sha256: hashSettings(content) }));
}

/**
 * Reads a fold's file.
 *
 * @param weights identity of the fold's weights
 * @returns null if there is none, or if it was made for other weights
 * @throws NnUNetError 'bad-integers' if it is damaged or from another version of this program
 */
export async function readFoldIntegers(file: string, weights: string): Promise<FoldIntegers | null> {
  if (!existsSync(file)) return null;
  const { sha256, ...content } = parse(new TextDecoder().decode(await readFileBytes(file)));
  const { format, version, calibrated_on, dice, ranges } = content;
  if (format === FORMAT.format && version !== FORMAT.version)
    throw badFile(file, `is of version ${version}, but this program reads version ${FORMAT.version}`);
  if (format !== FORMAT.format || sha256 !== hashSettings(content)) throw badFile(file, 'is damaged or was edited');
  if (content.weights !== weights) return null;
  return { weights, calibratedOn: calibrated_on, dice, ranges: new Map(Object.entries(ranges)) };
}

interface Stored {
  format: string;
  version: number;
  weights: string;
  calibrated_on: string[];
  dice: MeasuredDice;
  ranges: Record<string, { low: number[]; high: number[] }>;
  sha256: string;
}

/** The content is only what it should be if its checksum is right. */
function parse(text: string): Partial<Stored> & Pick<Stored, 'calibrated_on' | 'dice' | 'ranges'> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return Object({});
  }
}

function badFile(where: string, what: string): NnUNetError {
  const remedy = 'Delete it. nnUNet_predict with `preset` quick makes it again where the prepared data are.';
  return new NnUNetError('bad-integers', { what, where, remedy });
}

/** What 8-bit integers cost in Dice, on all measured cases. */
export interface IntegerCost {
  /** Cases that contain a label. */
  cases: number;
  /** Mean over the labels of the mean over the cases. */
  float: number;
  integer: number;
  /** The label that loses most, in the mean over the cases; a loss is negative. */
  label: { label: string; change: number };
  /** The label of a case that loses most. */
  worst: { id: string; label: string; change: number };
}

/** Returns what 8-bit integers cost; null if no case contains a label. */
export function costOf(measured: readonly MeasuredDice[]): IntegerCost | null {
  const found = measured.flatMap((dice) =>
    Object.entries(dice).flatMap(([id, labels]) =>
      Object.entries(labels).flatMap(([label, [float, integer]]) =>
        // Where only one of the two finds a label that is not there, the other is right.
        float === null && integer === null ? [] : [{ id, label, float: float ?? 1, integer: integer ?? 1 }],
      ),
    ),
  );
  if (found.length === 0) return null;
  const labels = [...new Set(found.map(({ label }) => label))].map((label) => {
    const own = found.filter((one) => one.label === label);
    return { label, float: meanOf(own.map((one) => one.float)), integer: meanOf(own.map((one) => one.integer)) };
  });
  const label = worstOf(labels);
  const worst = worstOf(found);
  return {
    cases: new Set(found.map(({ id }) => id)).size,
    float: meanOf(labels.map((one) => one.float)),
    integer: meanOf(labels.map((one) => one.integer)),
    label: { label: label.label, change: label.integer - label.float },
    worst: { id: worst.id, label: worst.label, change: worst.integer - worst.float },
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function worstOf<T extends { float: number; integer: number }>(list: readonly T[]): T {
  return list.reduce((worst, one) => (one.integer - one.float < worst.integer - worst.float ? one : worst));
}
