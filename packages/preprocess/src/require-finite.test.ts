import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { requireFinite } from './require-finite.ts';

it('names the modality of the first number that is not finite', () => {
  const shape = [3, 1, 2, 2];
  requireFinite(new Float32Array(12), shape, 'case_1');
  for (const [at, value, channel] of [
    [0, Number.NaN, 0],
    [3, Number.POSITIVE_INFINITY, 0],
    [4, Number.NEGATIVE_INFINITY, 1],
    [11, Number.NaN, 2],
  ] as const) {
    const data = new Float32Array(12);
    data[at] = value;
    let error: unknown;
    try {
      requireFinite(data, shape, 'case_1');
    } catch (caught) {
      error = caught;
    }
    expect(isNnUNetError(error, 'not-finite')).toBe(true);
    expect((error as Error).message).toContain(
      `case_1: the preprocessed image of modality ${channel} contains ${value}`,
    );
  }
});
