import { expect, it } from 'vitest';
import { withPretrainedWeights } from './pretrained-weights.ts';

const tensor = (value: number, ...shape: number[]) => ({
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
  shape,
});
const map = (value: number, shapes: Record<string, number[]>) =>
  new Map(Object.entries(shapes).map(([name, shape]) => [name, tensor(value, ...shape)]));

it.each([
  ['v1', 'conv_blocks_context.0.conv.weight', ['tu.0.weight', 'seg_outputs.0.weight']],
  [
    "v1's residual U-Net",
    'encoder.initial_conv.weight',
    ['decoder.tus.0.weight', 'decoder.segmentation_output.weight', 'decoder.deep_supervision_outputs.0.weight'],
  ],
  ['v2', 'decoder.transpconvs.0.weight', ['decoder.seg_layers.0.weight']],
])('takes what fits, and leaves heads that do not as they are: %s', (_, kept, heads) => {
  const others = heads.map((name) => [name, [3, 2]] as const);
  const fresh = map(0, { [kept]: [2, 1], ...Object.fromEntries(others), 'seg_outputs.9.weight': [3, 2] });
  const given = map(1, {
    'seg_outputs.8.bias': [1],
    [kept]: [2, 1],
    ...Object.fromEntries(heads.map((n) => [n, [5, 2]])),
  });
  const { weights, taken, leftOut } = withPretrainedWeights(fresh, given);
  expect(taken).toBe(1);
  expect([...weights].map(([name, t]) => [name, t.data[0]])).toEqual([
    [kept, 1],
    ...heads.map((name) => [name, 0]),
    ['seg_outputs.9.weight', 0],
  ]);
  expect(leftOut).toEqual([
    ...heads.map((name) => `${name} (3 x 2 here, 5 x 2 there)`),
    'seg_outputs.9.weight (3 x 2 here, missing there)',
    'seg_outputs.8.bias (only there)',
  ]);
});

it('refuses weights of another network by the names of all that differs, and takes what fits if asked', () => {
  const fresh = map(0, { 'a.weight': [2, 1], 'b.weight': [2], 'c.weight': [3], 'tu.0.weight': [1] });
  const given = map(1, { 'a.weight': [2, 1], 'b.weight': [4] });
  const differs = ['b.weight (2 here, 4 there)', 'c.weight (3 here, missing there)'];
  expect(() => withPretrainedWeights(fresh, given)).toThrow(
    expect.objectContaining({
      tag: 'bad-weights',
      message: expect.stringContaining(`another network: ${differs.join(', ')}\n`),
      remedy: expect.stringContaining('`partialWeights`'),
    }),
  );
  const { weights, leftOut } = withPretrainedWeights(fresh, given, { partial: true });
  expect([...weights.values()].map(({ data }) => data[0])).toEqual([1, 0, 0, 0]);
  expect(leftOut).toEqual([...differs, 'tu.0.weight (1 here, missing there)']);
});

it('refuses weights none of which fits, whether asked for some or for all', () => {
  const fresh = map(0, { 'mine.weight': [2] });
  for (const partial of [false, true])
    expect(() => withPretrainedWeights(fresh, map(1, { 'mine.weight': [3] }), { partial })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('none of them'),
        remedy: expect.not.stringContaining('partial'),
      }),
    );
  expect(withPretrainedWeights(fresh, map(1, { 'mine.weight': [2] }))).toEqual({
    weights: map(1, { 'mine.weight': [2] }),
    taken: 1,
    leftOut: [],
  });
});

// v2's load_pretrained_weights copies no key with ".seg_layers.", whatever its shape.
it('lets the heads of v2 start anew, also where they fit', () => {
  const shapes = { 'decoder.stages.0.weight': [2, 1], 'decoder.seg_layers.0.weight': [3, 2], 'decoder.seg_layers.1.weight': [3, 1] }; // biome-ignore format: a row
  const [fresh, given] = [map(0, shapes), map(1, { ...shapes, 'decoder.seg_layers.1.weight': [2, 1] })];
  const { weights, taken, leftOut } = withPretrainedWeights(fresh, given, { newHeads: true });
  expect([...weights.values()].map(({ data }) => data[0])).toEqual([1, 0, 0]);
  expect(taken).toBe(1);
  expect(leftOut).toEqual([
    'decoder.seg_layers.0.weight (a head, which starts anew)',
    'decoder.seg_layers.1.weight (3 x 1 here, 2 x 1 there)',
  ]);
  expect(withPretrainedWeights(fresh, given).taken).toBe(2);
  const heads = map(1, { 'decoder.seg_layers.0.weight': [3, 2] });
  expect(() => withPretrainedWeights(heads, heads, { newHeads: true })).toThrow('none of them');
});

it('names twenty parameters that differ, and counts the others', () => {
  const shapes = Object.fromEntries(Array.from({ length: 22 }, (_, i) => [`w${i}`, [2]]));
  const given = map(1, { ...Object.fromEntries(Object.keys(shapes).map((name) => [name, [3]])), w21: [2] });
  expect(() => withPretrainedWeights(map(0, shapes), given)).toThrow(/w19 \(2 here, 3 there\) and 1 more/);
});
