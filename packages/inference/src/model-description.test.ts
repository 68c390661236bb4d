import { expect, it } from 'vitest';
import { checkModelDescription, needsPreviousStage, patchSizeOf } from './model-description.ts';
import { description } from './node/noise-task.fixture.ts';

const check = (change: object) => checkModelDescription({ ...description, ...change }, 'm.json');

it('takes a description as it is, with keys of its own', () => {
  expect(check({ regions: { whole: [1, 2] }, mine: 1 })).toEqual({
    ...description,
    regions: { whole: [1, 2] },
    mine: 1,
  });
  for (const good of [
    { mirrorAxes: [] },
    { mirrorAxes: [0, 1, 2] },
    { nonlinearity: 'sigmoid' },
    { regionClassOrder: [2, 1] },
    { labels: { 1: 'liver' } },
  ])
    expect(check(good)).toMatchObject(good);
  expect(patchSizeOf(description)).toEqual([8, 8, 8]);
  expect(needsPreviousStage(description)).toBe(false);
  expect(needsPreviousStage({ ...description, configuration: '3d_cascade_fullres' })).toBe(true);
});

it.each([
  [{ trainer: 7 }, 'key "trainer": the name of a trainer expected, found 7'],
  [{ configuration: undefined }, 'key "configuration": the name of a configuration expected, found nothing'],
  [{ mirrorAxes: '01' }, 'key "mirrorAxes": a list of axes expected, found "01"'],
  [{ mirrorAxes: [0.5] }, 'key "mirrorAxes": a list of axes expected'],
  [{ mirrorAxes: [-1] }, 'key "mirrorAxes": axes of the patch expected, found [-1]'],
  [{ mirrorAxes: [0, 3] }, 'key "mirrorAxes": axes of the patch expected, found [0,3]'],
  [{ nonlinearity: 'none' }, 'key "nonlinearity": "softmax" or "sigmoid" expected'],
  [{ labels: { 1: 2 } }, 'key "labels": the names of the labels expected'],
  [{ labels: null }, 'key "labels": the names of the labels expected'],
  [{ regionClassOrder: undefined }, 'key "regionClassOrder": a list of labels or null expected'],
  [{ regionClassOrder: ['1'] }, 'key "regionClassOrder": a list of labels or null expected'],
  [{ stage: 1 }, 'key "stage": a stage of the plans expected, found 1'],
  [{ stage: '0' }, 'key "stage": a stage of the plans expected, found "0"'],
])('names the wrong key of %j', (change, what) => {
  const error = expect.objectContaining({
    tag: 'bad-checkpoint',
    where: 'm.json',
    what: expect.stringContaining(what),
  });
  expect(() => check(change)).toThrow(error);
});

it('refuses values that are not objects, and a network that does not fit the patch', () => {
  for (const value of [null, 7, 'a'])
    expect(() => checkModelDescription(value, 'm')).toThrow(/key "model": an object expected, found nothing/);
  const plans = structuredClone(description.plans);
  plans.plans_per_stage['0']!.patch_size = [8, 7, 8];
  expect(() => check({ plans })).toThrow(/key "network": a network that fits the patch of the plans expected/);
  expect(() => check({ trainer: [] as unknown, configuration: 1 })).toThrow(/key "trainer"/);
});

it('shows no more than eighty characters of what it found', () => {
  const long = 'x'.repeat(100);
  expect(() => check({ nonlinearity: long })).toThrow(new RegExp(`found "${long.slice(0, 79)}\\n`));
});
