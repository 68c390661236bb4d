import { formatJson } from '@nnunet/schema';
import { expect, it } from 'vitest';
import type { WeightMap } from '../checkpoint-format.ts';
import { description } from './noise-task.fixture.ts';
import { Model } from './trained-model.ts';

const numbers = Float32Array.from({ length: 20 }, (_, i) => i);
const weights = (change: { name?: string; shape?: number[]; at?: number } = {}): WeightMap => {
  const { name = 'a', shape = [20], at } = change;
  return new Map([[name, { data: numbers.map((value, i) => (i === at ? 99 : value)), shape }]]);
};
const identity = (...members: WeightMap[]) => new Model(description, members).identity;

it('is told from others by the names, shapes and first sixteen numbers of its tensors, and by its folds', () => {
  const own = identity(weights());
  expect(own).toMatch(/^[0-9a-f]{64}$/);
  expect([identity(weights()), identity(weights({ at: 16 }))]).toEqual([own, own]);
  const others = [weights({ name: 'b' }), weights({ shape: [4, 5] }), weights({ at: 0 }), weights({ at: 15 })];
  const all = [own, identity(weights(), weights()), ...others.map((one) => identity(one))];
  expect(new Set(all).size).toBe(all.length);
});

it('says what its plans say, and has quick ways to labels unless they are regions', () => {
  const model = new Model(description, [weights(), weights()]);
  expect(model).toMatchObject({ channels: 1, needsPreviousStage: false, folds: 2, version: 1 });
  expect(model.rules.modes).toEqual(['normal', 'fast', 'fastest']);
  expect(model.rules.files).toEqual({ 'plans.json': formatJson(description.plans) });
  const regions = new Model({ ...description, regionClassOrder: [1, 2], configuration: '3d_cascade_fullres' }, [
    weights(),
  ]);
  expect([regions.rules.modes, regions.needsPreviousStage]).toEqual([['normal'], true]);
  const postprocessing = { rule: { entries: [] } as never, content: { a: 1 } };
  const corrected = new Model(description, [weights()], { postprocessing });
  expect(corrected.rules.files).toEqual({ ...model.rules.files, 'postprocessing.json': formatJson({ a: 1 }) });
  expect(corrected.rules).toMatchObject({ postprocessing: postprocessing.rule });
});
