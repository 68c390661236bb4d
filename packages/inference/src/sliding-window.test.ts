import { readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { slidingWindowSteps } from './sliding-window.ts';

const cases: { patch_size: number[]; image_size: number[]; step_size: number; steps: number[][] }[] = JSON.parse(
  readFileSync(new URL('../fixtures/steps.json', import.meta.url), 'utf8'),
);

describe('slidingWindowSteps', () => {
  it.each(cases)('places patches of $patch_size in $image_size at $step_size as v1', (c) => {
    expect(slidingWindowSteps(c.patch_size, c.image_size, c.step_size)).toEqual(c.steps);
  });

  it('refuses an image smaller than the patch and a step out of range', () => {
    expect(slidingWindowSteps([8, 3], [8, 9], 1)).toEqual([[0], [0, 3, 6]]);
    for (const bad of [
      () => slidingWindowSteps([8], [7], 0.5),
      ...[0, -0.5, 1.01, Number.NaN].map((step) => () => slidingWindowSteps([8], [9], step)),
    ]) {
      let error: unknown;
      try {
        bad();
      } catch (e) {
        error = e;
      }
      expect(isNnUNetError(error, 'usage')).toBe(true);
    }
  });
});
