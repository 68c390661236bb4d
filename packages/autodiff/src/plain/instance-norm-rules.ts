import { sizeOf } from '@nnunet/tensor';
import type { Expression } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';
import { huge, slopeAt } from './elementwise-rules.ts';
import type { PlainRules } from './rule-table.ts';

/**
 * Centred x and 1 / sqrt(variance + epsilon), and the sums that norms need, over the spatial axes (kept with length 1).
 * @param zero a zero that delays all of this, see `ExecutionOrder`
 */
function statistics(c: LoweringContext, x: Expression, epsilon: number, zero?: string) {
  const { graph } = c;
  const axes = x.shape.slice(2).map((_, i) => i + 2);
  // In two steps: a sequential float32 sum over a whole volume would lose precision if the mean is far from zero.
  const mean = (value: string) =>
    [axes.slice(1), axes.slice(0, 1)].reduce(
      (reduced, some) =>
        some.length === 0 ? reduced : graph.node('ReduceMean', [reduced], { axes: some, keepdims: 1 }),
      value,
    );
  const value = c.plain(x);
  const middle = zero === undefined ? mean(value) : graph.node('Add', [mean(value), zero]);
  const centred = graph.node('Sub', [value, middle]);
  const variance = mean(graph.node('Mul', [centred, centred]));
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, c.float(epsilon)])]);
  return { centred, inverse: graph.node('Div', [c.float(1), deviation]), mean };
}

/** A parameter per channel, reshaped for broadcasting over samples and space. */
function perChannel(c: LoweringContext, parameter: Expression, rank: number): string {
  const shape = [1, parameter.shape[0]!, ...new Array<number>(rank - 2).fill(1)];
  return c.graph.node('Reshape', [c.plain(parameter), c.graph.constant(shape, 'int64')]);
}

export const instanceNormRules: PlainRules<'instanceNorm' | 'instanceNormGradient'> = {
  instanceNorm(c, { inputs: [x, gamma, beta], attributes: { epsilon, negativeSlope } }) {
    const { graph } = c;
    if (c.floatType === 'float32') {
      const inputs = [c.plain(x!), c.plain(gamma!), c.plain(beta!)];
      const z = graph.node('InstanceNormalization', inputs, { epsilon: { float: epsilon } });
      return negativeSlope === 1 ? z : graph.node('LeakyRelu', [z], { alpha: { float: negativeSlope } });
    }
    const { centred, inverse } = statistics(c, x!, epsilon);
    const scale = graph.node('Mul', [perChannel(c, gamma!, x!.shape.length), inverse]);
    const z = graph.node('Add', [graph.node('Mul', [centred, scale]), perChannel(c, beta!, x!.shape.length)]);
    if (negativeSlope === 1) return z;
    return graph.node('Mul', [z, slopeAt(c, graph.node('Mul', [z, c.float(huge)]), negativeSlope)]);
  },

  /**
   * With z = norm(x) * gamma + beta, dz = dy * slope(z) and n = norm(x), all means over space:
   * dx = gamma / deviation * (dz - mean(dz) - n * mean(dz * n)); dgamma, dbeta: sums of dz * n and dz over samples and space.
   */
  instanceNormGradient(c, { inputs: [x, gamma, beta, dy], attributes: { epsilon, negativeSlope } }) {
    const { graph } = c;
    const mul = (a: string, b: string) => graph.node('Mul', [a, b]);
    const rank = x!.shape.length;
    // The statistics do not depend on the backward pass, and would otherwise be computed and kept from the forward pass
    // on.
    c.order.record(c.plain(dy!));
    const { centred, inverse, mean } = statistics(c, x!, epsilon, c.order.wait(c.floatType));
    const scale = mul(perChannel(c, gamma!, rank), inverse);
    let dz = c.plain(dy!);
    if (negativeSlope !== 1) {
      const hugeScale = mul(scale, c.float(huge));
      const hugeShift = mul(perChannel(c, beta!, rank), c.float(huge));
      dz = mul(dz, slopeAt(c, graph.node('Add', [mul(centred, hugeScale), hugeShift]), negativeSlope));
    }
    const meanDz = mean(dz);
    // mean(dz * n), up to the factor 1 / deviation
    const meanProduct = mean(mul(dz, centred));
    const slope = mul(meanProduct, mul(inverse, inverse));
    const dx = mul(scale, graph.node('Sub', [graph.node('Sub', [dz, meanDz]), mul(centred, slope)]));
    const voxels = c.float(sizeOf(x!.shape.slice(2)));
    const overSamples = (value: string) => {
      const summed = graph.node('ReduceSum', [value, c.graph.constant([0], 'int64')], { keepdims: 0 });
      return graph.node('Reshape', [mul(summed, voxels), graph.constant([x!.shape[1]!], 'int64')]);
    };
    return [dx, overSamples(mul(meanProduct, inverse)), overSamples(meanDz)];
  },
};
