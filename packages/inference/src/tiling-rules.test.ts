import { expect, it } from 'vitest';
import { description } from './node/noise-task.fixture.ts';
import { tilingRules, tilingRulesV2 } from './tiling-rules.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';

const v1 = tilingRules(description);
const model = { ...description, patchSize: [4, 4], nonlinearity: 'softmax' } as unknown as ModelDescriptionV2;
const v2 = tilingRulesV2(model);

it('takes what a network gives for probabilities in v1, for logits in v2', () => {
  expect(v1).toMatchObject({ patchSize: [8, 8, 8], mirrorAxes: [0, 2], nonlinearity: 'softmax' });
  expect(v2).toMatchObject({ patchSize: [4, 4], mirrorAxes: [0, 2], nonlinearity: 'none' });
});

it('takes regions for independent', () => {
  const regions = { regionClassOrder: [1, 2] };
  expect([v1.independentClasses, v2.independentClasses]).toEqual([false, false]);
  expect(tilingRules({ ...description, ...regions }).independentClasses).toBe(true);
  expect(tilingRulesV2({ ...model, ...regions }).independentClasses).toBe(true);
});

it('averages folds in float32 in v1, and in half floats in v2', () => {
  const mean = (rules: typeof v1) => {
    const sum = Float32Array.of(1, 2048);
    rules.addFold(sum, Float32Array.of(2, 1));
    rules.addFold(sum, Float32Array.of(4, 3));
    const added = [...sum];
    rules.divide(sum, 3);
    return [added, [...sum]];
  };
  expect(mean(v1)).toEqual([[7, 2052], [Math.fround(7 / 3), 684]]); // biome-ignore format: a row
  // Half floats from 2048 to 4096 are even numbers: 2049 becomes 2048, 2051 becomes 2052. From 2 to 4 their step is 2^-9.
  expect(mean(v2)).toEqual([[7, 2052], [1195 / 512, 684]]); // biome-ignore format: a row
});
