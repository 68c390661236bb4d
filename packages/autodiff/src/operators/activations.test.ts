import { expect, it } from 'vitest';
import { compile } from '../../test/evaluate.ts';
import { gelu, mish } from './activations.ts';
import { erf } from './elementwise.ts';
import { input } from './source.ts';

it('has the values of the error function, GELU and Mish', async () => {
  const x = input('x', [4]);
  const values = [-2, -0.5, 0.5, 7];
  const expected = {
    erf: [-0.9953222650189527, -0.5204998778130465, 0.5204998778130465, 1],
    gelu: [-0.04550026389635842, -0.15426876936299344, 0.34573123063700656, 6.999999999991041],
    mish: [-0.2525014826957089, -0.22074377465173, 0.3752452113048951, 6.999988379809741],
  };
  const outputs = { erf: erf(x), gelu: gelu(x), mish: mish(x) };
  for (const [floatType, digits] of [
    ['float32', 5],
    ['float64', 12],
  ] as const) {
    const out = await (await compile(outputs, { floatType }))({ x: values });
    for (const [name, list] of Object.entries(expected)) {
      list.forEach((v, i) => {
        expect(out[name]![i], name).toBeCloseTo(v, digits);
      });
    }
  }
});
