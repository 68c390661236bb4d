import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { initialiseWeights } from '@nnunet/network';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import type { WeightMap } from '../checkpoint-format.ts';
import { type DicePair, INTEGERS_FILE, writeFoldIntegers } from './fold-integers.ts';
import { chooseIntegers } from './integer-choice.ts';
import { identityOf } from './model-identity.ts';
import { description } from './noise-task.fixture.ts';

const processor = vi.hoisted(() => ({ fault: null as string | null }));
vi.mock('@nnunet/network/internal', async (original) => ({
  ...(await original<object>()),
  faultOfIntegers: async () => processor.fault,
}));

let root: string;
beforeEach(() => {
  root = temporaryFolder();
  processor.fault = null;
});

const ranges = (fold: number) => new Map([['data', { low: [-fold], high: [fold] }]]);

/** A fold with these pairs of Dice of label 1, or of what the key says, in its cases; without a file if there are none. */
async function fold(number: number, pairs?: DicePair[], key = '1') {
  const folder = join(root, `fold_${number}`);
  mkdirSync(folder);
  const weights = initialiseWeights(description.network, number) as WeightMap;
  const dice = Object.fromEntries((pairs ?? []).map((pair, i) => [`case_${i}_${number}`, { [key]: pair }]));
  const content = { weights: identityOf([weights]), calibratedOn: [], dice, ranges: ranges(number) };
  if (pairs !== undefined) await writeFoldIntegers(join(folder, INTEGERS_FILE), content);
  return { file: join(folder, 'model_final_checkpoint.safetensors'), weights };
}

it('takes integers where all folds are calibrated, and says what they cost', async () => {
  const members = [await fold(0, [[0.9, 0.882]]), await fold(1, [[0.8, 0.81]])];
  expect(await chooseIntegers(members)).toEqual({
    ranges: [ranges(0), ranges(1)],
    reason: '8-bit integers: Dice 0.8460 instead of 0.8500 in 2 validation cases, at worst -0.0180 (case_0_0, label 1)',
    uncalibrated: [],
  });
});

const why = 'floating point instead of 8-bit integers: ';

it('does not where a label loses more than 0.005', async () => {
  const members = [await fold(0, [[0.9, 0.8949]])];
  expect(await chooseIntegers(members)).toEqual({
    ranges: null,
    reason: `${why}label 1 would lose 0.0051 Dice by them in one validation case`,
    uncalibrated: [],
  });
  expect((await chooseIntegers([await fold(1, [[0.9, 0.8951]])])).ranges).toEqual([ranges(1)]);
});

it('calls regions by their names', async () => {
  expect((await chooseIntegers([await fold(0, [[0.9, 0.8949]], 'whole')])).reason).toBe(
    `${why}whole would lose 0.0051 Dice by them in one validation case`,
  );
  expect((await chooseIntegers([await fold(1, [[0.9, 0.8951]], 'whole')])).reason).toMatch(/\(case_0_1, whole\)$/);
});

it('does not where folds are not calibrated, or were with other weights', async () => {
  const members = [await fold(0, [[0.9, 0.9]]), await fold(1), await fold(2, [[0.9, 0.9]])];
  members[2]!.weights = members[0]!.weights;
  const expected = { ranges: null, reason: `${why}not calibrated for them: fold_1, fold_2`, uncalibrated: [1, 2] };
  expect(await chooseIntegers(members)).toEqual(expected);
});

it('does not where no case had a label', async () => {
  const { reason } = await chooseIntegers([await fold(0, [[null, null]])]);
  expect(reason).toBe(`${why}no case was there to measure what they cost`);
});

it('does not on a processor that saturates, or on a GPU, whatever is calibrated', async () => {
  const members = [await fold(0, [[0.9, 0.9]])];
  expect(await chooseIntegers(members, 'cuda')).toEqual({
    ranges: null,
    reason: `${why}these are for the CPU alone`,
    uncalibrated: [],
  });
  processor.fault = 'this processor computes them inexactly';
  expect(await chooseIntegers(members)).toEqual({ ranges: null, reason: why + processor.fault, uncalibrated: [] });
});
