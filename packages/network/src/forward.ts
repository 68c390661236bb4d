import {
  add,
  concat,
  convolution,
  type Expression,
  instanceNorm,
  leakyRelu,
  transposedConvolution,
} from '@nnunet/autodiff';
import type { NetworkDescription } from './network-description.ts';
import { type Block, unetLayers } from './unet-layers.ts';

/** Looks up a parameter's expression by its PyTorch name. */
export type ParameterLookup = (name: string) => Expression;

/**
 * The network as expressions.
 * @param x (samples, channels, …spatial), sizes divisible by the product of the pools
 * @param parameter only those that the outputs depend on are asked for: not the biases before a norm, which takes them
 *   away again
 * @returns logits (samples, classes, …spatial), full resolution first; one per pool with deep supervision, else one
 */
export function buildForward(description: NetworkDescription, x: Expression, parameter: ParameterLookup): Expression[] {
  const { encoder, decoder } = unetLayers(description);
  const { norm, normEpsilon: epsilon, negativeSlope, convolutionBias, deepSupervision } = description;
  const block = (input: Expression, { name, kernel, stride }: Block): Expression => {
    const bias = convolutionBias && norm === 'none' ? parameter(`${name}.conv.bias`) : undefined;
    const padding = kernel.map((k) => (k - 1) / 2);
    const y = convolution(input, parameter(`${name}.conv.weight`), bias, { stride, padding });
    if (norm === 'none') return leakyRelu(y, negativeSlope);
    const [gamma, beta] = [parameter(`${name}.instnorm.weight`), parameter(`${name}.instnorm.bias`)];
    return instanceNorm(y, gamma, beta, { epsilon, negativeSlope });
  };
  const skips: Expression[] = [];
  let value = x;
  for (const blocks of encoder) {
    value = blocks.reduce(block, value);
    skips.push(value);
  }
  const outputs: Expression[] = [];
  for (const { up, blocks, head, stage } of decoder) {
    const upsampled = transposedConvolution(value, parameter(`${up.name}.weight`));
    value = blocks.reduce(block, concat([upsampled, skips[stage]], 1));
    if (deepSupervision || stage === 0) outputs.unshift(convolution(value, parameter(`${head.name}.weight`)));
  }
  return outputs;
}

/** Adds several expressions. */
export function total(list: readonly Expression[]): Expression {
  return list.reduce((a, b) => add(a, b));
}
