import { sizeOf } from '@nnunet/tensor';
import { type AxisRule, type AxisRules, isSupportedAxis } from './axis-rule.ts';
import type { Blocks } from './blocks.ts';
import { convolution } from './convolution.ts';
import { depthwise, depthwiseInputGradient, depthwiseWeightGradient, isDepthwiseAxis } from './depthwise.ts';
import { channelSection } from './elementwise.ts';
import { inputGradient } from './input-gradient.ts';
import type { BlockedValue } from './layout.ts';
import { weightGradient } from './weight-gradient.ts';

/** Numbers of channels, outputs and groups of a convolution. */
export interface Grouping {
  readonly channels: number;
  readonly outputs: number;
  readonly groups: number;
}

const isDepthwise = ({ channels, outputs, groups }: Grouping) => groups === channels && groups === outputs;

/** Whether an axis is supported by the blocked form of a convolution in groups; undefined if it has none. */
export function groupedAxes(block: number, of: Grouping): ((rule: AxisRule, size: number) => boolean) | undefined {
  if (isDepthwise(of)) return isDepthwiseAxis;
  return sectionsOf(block, of) && isSupportedAxis;
}

/**
 * A convolution in groups that is not depthwise is one convolution for each section of the channels. A section is as
 * many groups as fill whole blocks of channels; its weights are zero between the groups.
 */
interface Sections {
  readonly count: number;
  /** Groups of a section. */
  readonly groups: number;
  /** Channels and outputs of a group. */
  readonly channels: number;
  readonly outputs: number;
}

/** The smallest sections, or undefined if the groups do not fill whole blocks. */
function sectionsOf(block: number, { channels, outputs, groups }: Grouping): Sections | undefined {
  const own = { channels: channels / groups, outputs: outputs / groups };
  for (let joined = 1; joined <= groups; joined++) {
    if (groups % joined !== 0 || (joined * own.channels) % block !== 0 || (joined * own.outputs) % block !== 0)
      continue;
    return { ...own, count: groups / joined, groups: joined };
  }
  return undefined;
}

interface Options extends Grouping {
  rules: AxisRules;
}

interface InSections {
  rules: AxisRules;
  sections: Sections;
}

/** @param weights [O, C / groups, (kd,) kh, kw] in the framework's order */
export function groupedConvolution(
  blocks: Blocks,
  x: BlockedValue,
  weights: string,
  { bias, ...options }: Options & { bias?: string },
): BlockedValue {
  const { rules } = options;
  if (isDepthwise(options)) return depthwise(blocks, x, weights, { rules, ...(bias === undefined ? {} : { bias }) });
  const sections = sectionsOf(blocks.block, options)!;
  const outputs = sections.groups * sections.outputs;
  const parts = sectionsOfValue(blocks, x, sections.count);
  const results = sectionWeights(blocks, weights, { rules, sections }).map((own, i) =>
    convolution(blocks, [parts[i]!], own, {
      rules,
      outputs,
      ...(bias === undefined ? {} : { bias: blocks.slice(bias, 0, i * outputs, (i + 1) * outputs) }),
    }),
  );
  return joinedChannels(blocks, results);
}

/** The gradient with respect to the input, see `inputGradient`. */
export function groupedInputGradient(
  blocks: Blocks,
  dy: BlockedValue,
  weights: string,
  { wait, ...options }: Options & { wait?: string },
): BlockedValue {
  const { rules } = options;
  const waiting = wait === undefined ? {} : { wait };
  if (isDepthwise(options)) return depthwiseInputGradient(blocks, dy, weights, { rules, ...waiting });
  const sections = sectionsOf(blocks.block, options)!;
  const parts = sectionsOfValue(blocks, dy, sections.count);
  const channels = [sections.groups * sections.channels];
  const results = sectionWeights(blocks, weights, { rules, sections }).map(
    (own, i) => inputGradient(blocks, parts[i]!, own, { rules, sections: channels, ...waiting })[0]!,
  );
  return joinedChannels(blocks, results);
}

/** The gradient with respect to the weights; as many numbers as [O, C / groups, kd, kh, kw]. */
export function groupedWeightGradient(blocks: Blocks, x: BlockedValue, dy: BlockedValue, options: Options): string {
  const { graph } = blocks;
  const { rules } = options;
  if (isDepthwise(options)) return depthwiseWeightGradient(blocks, x, dy, rules);
  const { count, groups, channels, outputs } = sectionsOf(blocks.block, options)!;
  const taps = sizeOf(rules.map((rule) => rule.kernel));
  const [inputs, gradients] = [sectionsOfValue(blocks, x, count), sectionsOfValue(blocks, dy, count)];
  const results = inputs.map((input, i) => {
    const all = weightGradient(blocks, input, gradients[i]!, rules);
    if (groups === 1) return blocks.reshape(all, [outputs, channels, taps]);
    const pairs = blocks.reshape(all, [groups, outputs, groups, channels * taps]);
    const own = graph.node('Mul', [pairs, sameGroup(blocks, groups)]);
    const sum = graph.node('ReduceSum', [own, graph.constant([2], 'int64')], { keepdims: 0 });
    return blocks.reshape(sum, [groups * outputs, channels, taps]);
  });
  return count === 1 ? results[0]! : graph.node('Concat', results, { axis: 0 });
}

/** 1 where two groups of a section are the same, 0 elsewhere. */
function sameGroup({ graph }: Blocks, groups: number): string {
  const ones = Array.from({ length: groups * groups }, (_, i) => (i % (groups + 1) === 0 ? 1 : 0));
  return graph.constant(ones, 'float32', [groups, 1, groups, 1]);
}

/** The weights of each section, [outputs of the section, channels of the section, kd, kh, kw]. */
function sectionWeights(blocks: Blocks, weights: string, { rules, sections }: InSections): string[] {
  const { count, groups, channels, outputs } = sections;
  const kernel = rules.map((rule) => rule.kernel);
  const row = channels * sizeOf(kernel);
  return Array.from({ length: count }, (_, i) => {
    const flat = blocks.reshape(weights, [count * groups * outputs, row]);
    const own = count === 1 ? flat : blocks.slice(flat, 0, i * groups * outputs, (i + 1) * groups * outputs);
    const spread =
      groups === 1
        ? own
        : blocks.graph.node('Mul', [blocks.reshape(own, [groups, outputs, 1, row]), sameGroup(blocks, groups)]);
    return blocks.reshape(spread, [groups * outputs, groups * channels, ...kernel]);
  });
}

function sectionsOfValue(blocks: Blocks, value: BlockedValue, count: number): BlockedValue[] {
  if (count === 1) return [value];
  const channels = value.channels / count;
  return Array.from({ length: count }, (_, i) => channelSection(blocks, value, i * channels, channels)!);
}

function joinedChannels(blocks: Blocks, values: readonly BlockedValue[]): BlockedValue {
  const first = values[0]!;
  if (values.length === 1) return first;
  const parts = first.parts.map((_, i) =>
    blocks.graph.node(
      'Concat',
      values.map((value) => value.parts[i]!),
      { axis: 1 },
    ),
  );
  return { ...first, channels: first.channels * values.length, parts };
}
