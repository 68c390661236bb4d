import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDescription } from '@nnunet/inference';
import { loadModel, Model } from '@nnunet/inference/node';
import { identityOf, readCheckpointWeights, readFoldIntegers, readModelFolder } from '@nnunet/inference/node/internal';
import { RangeSession } from '@nnunet/network/internal';
import type { Plans } from '@nnunet/schema';
import { openPreparedCase } from '@nnunet/store';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type CalibrateFoldOptions, calibrateFold } from './calibrate-fold.ts';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
import { train } from './train.ts';

const root = temporaryFolder();
const folderOf = (model: string) => join(root, model, 'fold_0');
const compute = { threads: 1 };

function calibrate(model: string, more: Partial<CalibrateFoldOptions> = {}) {
  return calibrateFold({ ...tinyFold(root, model), seconds: 60, compute, ...more });
}

async function trainTiny(model: string, trainer: string, iterationsPerEpoch: number, more: Partial<Plans> = {}) {
  const settings = { epochs: 1, iterationsPerEpoch, validationIterationsPerEpoch: 1 };
  const task = {
    ...tinyFold(root, model),
    plans: { ...tinyPlans([8, 8]), ...more },
    configuration: '2d' as const,
    compute,
  };
  await train({ ...task, trainer, settings, workers: 0 });
}

beforeAll(async () => {
  await writeTinyTask(join(root, 'preprocessed'), [0]);
  await trainTiny('plain', 'nnUNetTrainerV2', 15);
  await trainTiny('batch', 'nnUNetTrainerV2_BN', 1);
});

const calibrations = () => readdirSync(folderOf('plain')).filter((name) => name.includes('quick'));

/** The image of a case, and its labels. */
async function caseOf(id: string) {
  const prepared = await openPreparedCase(join(root, 'preprocessed/nnUNetData_plans_v2.1_stage0'), id);
  const all = await prepared.readBox([0, 0, 0], [6, 12, 10]);
  await prepared.close();
  return { image: { data: all.slice(0, 720), shape: [1, 6, 12, 10] }, labels: all.subarray(720) };
}

it('is measured by the regions that its task asks for', async () => {
  const regions = [
    { name: 'whole', values: [1, 2] },
    { name: 'part', values: [2] },
  ];
  await trainTiny('regions', 'nnUNetTrainerV2', 1, { regions, regions_class_order: [1, 2] });
  expect(await calibrate('regions')).toBeNull();
  const { members } = await readModelFolder(join(root, 'regions'));
  const { dice } = (await readFoldIntegers(
    join(folderOf('regions'), 'quick_integers.json'),
    identityOf([members[0]!.weights]),
  ))!;
  expect(Object.values(dice).map((scores) => Object.keys(scores))).toEqual([['part', 'whole']]);
});

describe('a fold is not calibrated', () => {
  it('where no validation case is predicted in time', async () => {
    const { ensemble } = await loadModel(join(root, 'plain'));
    const timed = vi.spyOn(Object.getPrototypeOf(ensemble), 'warmUp').mockResolvedValue(1);
    // Six slices of 12 x 10 voxels are six times four tiles of 8 x 8: 24 s, and half of that with integers.
    const takes = 'a validation case, which shows what they cost, takes 36 s';
    expect(await calibrate('plain', { seconds: 35.9 })).toBe(takes);
    timed.mockRestore();
    expect(calibrations()).toEqual([]);
  });

  it('where its network has no 8-bit form', async () => {
    expect(await calibrate('batch')).toBe('this network has no 8-bit form');
  });

  it('without prepared cases', async () => {
    const elsewhere = { preprocessedFolder: temporaryFolder() };
    await expect(calibrate('plain', elsewhere)).rejects.toMatchObject({ tag: 'missing-file' });
  });

  it('when it is interrupted', async () => {
    const signal = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(calibrate('plain', { signal })).rejects.toThrow('Ctrl-C');
    expect(calibrations()).toEqual([]);
  });
});

describe('a calibrated fold', () => {
  async function stored() {
    const weights = await readCheckpointWeights(join(folderOf('plain'), 'model_final_checkpoint.safetensors'));
    return (await readFoldIntegers(join(folderOf('plain'), 'quick_integers.json'), identityOf([weights])))!;
  }

  const told: { done: number; total: number }[] = [];
  let patches = 0;
  beforeAll(async () => {
    const added = vi.spyOn(RangeSession.prototype, 'add');
    expect(await calibrate('plain', { onProgress: (progress) => void told.push(progress) })).toBeNull();
    patches = added.mock.calls.length;
    added.mockRestore();
  });

  it('has ranges of training cases', async () => {
    expect(calibrations()).toEqual(['quick_integers.json']);
    expect(told).toEqual([1, 2, 3, 4, 5].map((done) => ({ done, total: 5 })));
    const { calibratedOn, ranges } = await stored();
    expect(calibratedOn).toEqual(['case_1', 'case_2', 'case_3', 'case_4']);
    // Of each case eight patches.
    expect(patches).toBe(4 * 8);
    let [low, high] = [0, 0];
    for (const id of calibratedOn) {
      const { image } = await caseOf(id);
      [low, high] = [Math.min(low, ...image.data), Math.max(high, ...image.data)];
    }
    const own = ranges.get('data')!;
    expect([own.low.length, own.high.length]).toEqual([1, 1]);
    expect(own.low[0]).toBeGreaterThanOrEqual(low);
    expect(own.low[0]).toBeLessThan(0.6 * low);
    expect(own.high[0]).toBeLessThanOrEqual(high);
    expect(own.high[0]).toBeGreaterThan(0.9 * high);
  });

  it('is not calibrated again', async () => {
    const before = await stored();
    const more: unknown[] = [];
    expect(await calibrate('plain', { seconds: 0, onProgress: (progress) => void more.push(progress) })).toBeNull();
    expect([await stored(), more]).toEqual([before, []]);
  });

  it('has the Dice of the validation case, in floating point and with integers', async () => {
    const { dice, ranges } = await stored();
    expect(Object.keys(dice)).toEqual(['case_0']);
    const { image, labels } = await caseOf('case_0');
    const { description } = await loadModel(join(root, 'plain'));
    const weights = await readCheckpointWeights(join(folderOf('plain'), 'model_final_checkpoint.safetensors'));
    for (const [index, own] of [null, [ranges]].entries()) {
      const integers = { ranges: own, reason: '', uncalibrated: [] };
      const model = new Model(description as ModelDescription, [weights], { compute, integers });
      const { data } = await model.ensemble.predict(image, { mirroring: false, stepSize: 0.75 });
      await model.dispose();
      const found = labels.map((_, i) => {
        const scores = [0, 1, 2].map((c) => data[c * 720 + i]!);
        return scores.indexOf(Math.max(...scores));
      });
      for (const label of [1, 2]) {
        const count = (of: (i: number) => boolean) => labels.filter((_, i) => of(i)).length;
        const both = count((i) => found[i] === label && labels[i] === label);
        const all = count((i) => found[i] === label) + count((i) => labels[i] === label);
        expect(dice.case_0![label]![index]).toBeCloseTo((2 * both) / all, 12);
      }
    }
  });

  it('is found again, and predicts nearly the same, the same each time', async () => {
    const model = await loadModel(join(root, 'plain'), { integers: true, compute });
    const float = await loadModel(join(root, 'plain'), { compute });
    expect([model.integers!.uncalibrated, float.integers]).toEqual([[], null]);
    expect(model.integers!.reason).toMatch(/in one validation case|this processor/);
    const { image } = await caseOf('case_0');
    const [once, again] = [await model.ensemble.predict(image), await model.ensemble.predict(image)];
    expect(again).toEqual(once);
    const { data } = await float.ensemble.predict(image);
    expect(data.reduce((sum, value, i) => sum + Math.abs(value - once.data[i]!), 0) / data.length).toBeLessThan(0.05);
    if (model.integers!.ranges !== null) expect(once.data).not.toEqual(data);
    await Promise.all([model.dispose(), float.dispose()]);
  });
});
