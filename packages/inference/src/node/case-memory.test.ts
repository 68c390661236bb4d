import { expect, it } from 'vitest';
import { forecastCase } from '../case-forecast.ts';
import { RulesV1 } from '../rules-v1.ts';
import { memoryIn, refusalOf, rulesOf } from './case-memory.ts';
import type { PredictFolderOptions } from './folder-options.ts';
import { tooLittleMemory } from './memory-limit.ts';
import { description } from './noise-task.fixture.ts';

const shapes: (readonly number[])[] = [];
const rules = new RulesV1(description, { rule: { entries: [1], minimumSizes: null }, content: null });
/** A model whose sums take so many bytes. */
const options = (sumBytes: number, more: object = {}): PredictFolderOptions =>
  ({ model: { rules, channels: 5, ensemble: { sumBytes: (shape: number[]) => shapes.push(shape) * 0 + sumBytes } }, ...more }) as never; // biome-ignore format: a row
const image = {
  shape: [14, 10, 12] as const,
  spacing: [1, 1, 2] as const,
  origin: [0, 0, 0] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const forecast = forecastCase(rules, image);

it('postprocesses unless that is not wanted', () => {
  expect(rulesOf(options(0))).toBe(rules);
  expect(rulesOf(options(0, { postprocess: true }))).toBe(rules);
  expect(rulesOf(options(0, { postprocess: false }))).toMatchObject({ description, postprocessing: null });
});

it('asks for the sums of the image as the network sees it', () => {
  shapes.length = 0;
  const { predicting } = memoryIn(forecast, options(0));
  expect(memoryIn(forecast, options(1000)).predicting).toBe(predicting + 1000);
  expect(shapes[0]).toEqual([5, 10, 14, 24]);
  const [stored, fast] = [{ saveProbabilities: true }, { mode: 'fast' }].map((more) =>
    memoryIn(forecast, options(0, more)),
  );
  expect(stored!.predicting).not.toBe(predicting);
  expect(fast!.predicting).not.toBe(predicting);
});

it('refuses a case that needs more room than there is, and says when it would', () => {
  const refusal = (sumBytes: number, room: (needed: number) => number, more: object = {}) => {
    const given = options(sumBytes, more);
    const { preparing, predicting } = memoryIn(forecast, given);
    return refusalOf({ id: 'a', forecast }, given, { room: room(Math.max(preparing, predicting)), program: 2e9 });
  };
  expect(refusal(0, (needed) => needed)).toBeNull();
  expect(refusal(5e9, (needed) => needed)).toBeNull();
  expect(refusal(0, (needed) => needed - 1, { mode: 'fast' })?.message).toMatch(/^a: preparing the case takes about /);
  const predicting = refusal(5e9, () => 3e9)!.message;
  expect(predicting).toMatch(
    /^a: predicting the case takes about 5\.\d GB, .* 2\.0 GB: together 7\.\d GB; 5\.0 GB are allowed\n/,
  );
  expect(predicting).not.toContain('Without stored probabilities');
  expect(refusal(5e9, () => 3e9, { saveProbabilities: true })!.message).toContain('Without stored probabilities');
  expect(refusalOf({ id: 'a', forecast: null }, options(5e9), { room: 0, program: 0 })).toBeNull();
});

it('doubts the spacing of an image that becomes more than a thousand times as large', () => {
  const message = (networkShape: [number, number, number]) =>
    tooLittleMemory('a', { program: 1, stage: 's', bytes: 1, allowed: 1, probabilities: false, forecast: { ...forecast, networkShape } }).message; // biome-ignore format: a row
  expect(message([14, 10, 12_000])).not.toContain('spacing');
  expect(message([14, 10, 12_001])).toMatch(
    /; 14 x 10 x 12 voxels of 1 x 1 x 2 mm are 14 x 10 x 12001 for the network\n {2}Correct the spacing/,
  );
});
