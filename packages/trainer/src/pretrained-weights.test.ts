import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { withPretrainedWeights } from './pretrained-weights.ts';

const tensor = (value: number, ...shape: number[]) => ({
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
  shape,
});
const fresh = new Map([
  ['conv_blocks_context.0.conv.weight', tensor(0, 2, 1)],
  ['seg_outputs.0.weight', tensor(0, 3, 2)],
]);

describe('withPretrainedWeights', () => {
  it('takes what fits, and leaves heads that do not as they are', () => {
    const given = new Map([
      ['module.conv_blocks_context.0.conv.weight', tensor(1, 2, 1)],
      ['module.seg_outputs.0.weight', tensor(1, 5, 2)],
    ]);
    const result = withPretrainedWeights(fresh, given);
    expect([...result.values()].map((t) => t.data[0])).toEqual([1, 0]);
    expect([...result.keys()]).toEqual([...fresh.keys()]);
  });

  it('refuses weights of another network', () => {
    for (const given of [new Map(), new Map([['conv_blocks_context.0.conv.weight', tensor(1, 4, 1)]])]) {
      let error: unknown;
      try {
        withPretrainedWeights(fresh, given);
      } catch (e) {
        error = e;
      }
      expect(isNnUNetError(error, 'bad-weights')).toBe(true);
      expect((error as Error).message).toContain('conv_blocks_context.0.conv.weight');
    }
    const own = new Map([['mine.weight', tensor(0, 2)]]);
    expect(() => withPretrainedWeights(own, new Map([['mine.weight', tensor(1, 3)]]))).toThrow('none of them');
    expect(withPretrainedWeights(own, new Map([['mine.weight', tensor(1, 2)]])).get('mine.weight')!.data[0]).toBe(1);
  });
});
