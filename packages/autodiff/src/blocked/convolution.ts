import type { AxisRules } from './axis-rule.ts';
import type { Blocks } from './blocks.ts';
import { depthThree, shifted, sumOfConvolutions, type Term } from './depth-taps.ts';
import { forwardFilters } from './filters.ts';
import { type BlockedValue, roundUp, separated } from './layout.ts';

/** A bias [O] padded with zeros to whole blocks. */
export function filledBias(blocks: Blocks, bias: string | undefined, channels: number): { bias?: string } {
  if (bias === undefined) return {};
  return { bias: blocks.pad(bias, [0], [roundUp(channels, blocks.block) - channels]) };
}

/**
 * Convolves the channel concatenation of `inputs` as a sum of one convolution per input, so that the concatenation is
 * never materialised.
 * @param weights [O, sum of channels, (kd,) kh, kw] in the framework's order
 * @param options `rules` of depth, height, width (`isSupportedAxis`); `outputs` O; `bias` [O]
 */
export function convolution(
  blocks: Blocks,
  inputs: readonly BlockedValue[],
  weights: string,
  options: { rules: AxisRules; outputs: number; bias?: string },
): BlockedValue {
  const { rules, outputs } = options;
  const [ruleD, ruleH, ruleW] = rules;
  const kernel = [ruleD.kernel, ruleH.kernel, ruleW.kernel] as const;
  const first = inputs[0]!;
  let channel = 0;
  const terms: Term[] = inputs.map((x) => {
    const own = inputs.length === 1 ? weights : blocks.slice(weights, 1, channel, channel + x.channels);
    channel += x.channels;
    return { x, filters: forwardFilters(blocks, own, { outputs, inputs: x.channels, kernel, thin: x.thin }) };
  });
  const geometry = {
    kernel: [ruleH.kernel, ruleW.kernel] as const,
    strides: [ruleH.stride, ruleW.stride] as const,
    pads: [ruleH.padding, ruleW.padding, ruleH.padding, ruleW.padding] as const,
    ...filledBias(blocks, options.bias, outputs),
  };
  const result = {
    batch: first.batch,
    channels: outputs,
    depth: first.depth / ruleD.stride,
    height: first.height / ruleH.stride,
    width: first.width / ruleW.stride,
    thin: false,
  };
  if (ruleD.stride === 1 && ruleD.kernel === 3) return { ...result, parts: depthThree(blocks, terms, geometry) };
  if (ruleD.stride === 1) {
    const parts = first.parts.map((_, i) =>
      sumOfConvolutions(
        blocks,
        terms.map(({ x, filters }) => ({ x: x.parts[i]!, filter: filters[0]! })),
        geometry,
      ),
    );
    return { ...result, parts };
  }
  // With stride 2 in depth, tap k of output slice j reads input slice 2j + k - padding.
  const products = terms.flatMap(({ x, filters }) => {
    const [even, odd] = x.parts as [string, string];
    const slices =
      ruleD.kernel === 3 ? [shifted(blocks, odd, x.batch, 1), even, odd] : ruleD.kernel === 2 ? [even, odd] : [even];
    return slices.map((part, tap) => ({ x: part, filter: filters[tap]! }));
  });
  return separated(blocks, sumOfConvolutions(blocks, products, geometry), result);
}
