import { basename, dirname, join } from 'node:path';
import { listed } from '@nnunet/errors/internal';
import { type ActivationRanges, faultOfIntegers } from '@nnunet/network/internal';
import type { DeviceName } from '@nnunet/network/node';
import { nodeRuntime } from '@nnunet/network/node/internal';
import type { Fold } from '@nnunet/schema';
import { foldFolderName, parseFold } from '@nnunet/schema/internal';
import type { ModelContent } from '../read-folds.ts';
import { costOf, type FoldIntegers, INTEGERS_FILE, type IntegerCost, readFoldIntegers } from './fold-integers.ts';
import { identityOf } from './model-identity.ts';

/** Whether a model computes with 8-bit integers. */
export interface IntegerChoice {
  /** Ranges of the values of each fold's network; null for floating point. */
  ranges: readonly ActivationRanges[] | null;
  /** What is computed with, and why, for the user. */
  reason: string;
  /** Folds that could be calibrated; see `calibrateFold`. */
  uncalibrated: readonly Fold[];
}

/** A label may lose this much Dice, in the mean over the cases. */
const MOST_LOSS = 0.005;

export const NO_INTEGERS_V2: IntegerChoice = inFloatingPoint('models of nnU-Net v2 cannot be calibrated for them');

/**
 * Chooses whether folds are computed with 8-bit integers: on the CPU, if it computes them exactly, all folds have been
 * calibrated, and no label loses more than 0.005 Dice in the mean over their cases.
 *
 * @throws NnUNetError 'bad-integers' for a damaged file
 */
export async function chooseIntegers(
  members: ModelContent['members'],
  device: DeviceName = 'cpu',
): Promise<IntegerChoice> {
  if (device !== 'cpu') return inFloatingPoint('these are for the CPU alone');
  const fault = await faultOfIntegers(nodeRuntime);
  if (fault !== null) return inFloatingPoint(fault);
  const found: FoldIntegers[] = [];
  const uncalibrated: Fold[] = [];
  for (const { file, weights } of members) {
    const folder = dirname(file);
    const own = await readFoldIntegers(join(folder, INTEGERS_FILE), identityOf([weights]));
    if (own === null) uncalibrated.push(parseFold(basename(folder).replace('fold_', '')));
    else found.push(own);
  }
  if (uncalibrated.length > 0)
    return {
      ...inFloatingPoint(`not calibrated for them: ${listed(uncalibrated.map(foldFolderName))}`),
      uncalibrated,
    };
  const cost = costOf(found.map(({ dice }) => dice));
  if (cost === null) return inFloatingPoint('no case was there to measure what they cost');
  if (cost.label.change < -MOST_LOSS) {
    const { label, change } = cost.label;
    return inFloatingPoint(`${named(label)} would lose ${(-change).toFixed(4)} Dice by them in ${casesOf(cost)}`);
  }
  return { ranges: found.map(({ ranges }) => ranges), reason: costInWords(cost), uncalibrated: [] };
}

function inFloatingPoint(why: string): IntegerChoice {
  return { ranges: null, reason: `floating point instead of 8-bit integers: ${why}`, uncalibrated: [] };
}

/** Names a label; a region has a name. */
function named(key: string): string {
  return /^\d+$/.test(key) ? `label ${key}` : key;
}

/** Says what 8-bit integers cost. */
export function costInWords(cost: IntegerCost): string {
  const { float, integer, worst } = cost;
  return (
    `8-bit integers: Dice ${integer.toFixed(4)} instead of ${float.toFixed(4)} in ${casesOf(cost)}, ` +
    `at worst ${worst.change.toFixed(4)} (${worst.id}, ${named(worst.label)})`
  );
}

function casesOf({ cases }: IntegerCost): string {
  return cases === 1 ? 'one validation case' : `${cases} validation cases`;
}
