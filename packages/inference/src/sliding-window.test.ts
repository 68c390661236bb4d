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
    for (const bad of [() => slidingWindowSteps([8], [7], 0.5), () => slidingWindowSteps([8], [9], 0)]) {
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
