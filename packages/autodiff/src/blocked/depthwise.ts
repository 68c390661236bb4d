import { inputGradientPhases } from '../plain/input-gradient-phases.ts';
import type { AxisRule, AxisRules } from './axis-rule.ts';
import type { Blocks } from './blocks.ts';
import { filledBias } from './convolution.ts';
import { shifted, sumOfConvolutions } from './depth-taps.ts';
import { reshapeAfter } from './filters.ts';
import { pixelShuffle } from './input-gradient.ts';
import { type BlockedValue, joined, roundUp, separated, thickened } from './layout.ts';

/**
 * Whether depthwise convolutions support this axis: stride 1 with size-preserving padding, or stride 2 from an even
 * length to its half.
 */
export function isDepthwiseAxis({ kernel, stride, padding }: AxisRule, size: number): boolean {
  if (stride === 1) return kernel === 2 * padding + 1;
  return stride === 2 && size % 2 === 0 && kernel > 1 && padding === Math.floor((kernel - 1) / 2);
}

/**
 * Convolves each channel with a filter of its own, as a sum of plane convolutions over the depth taps.
 * @param weights [C, 1, (kd,) kh, kw] in the framework's order
 * @param options `rules` of depth, height, width (`isDepthwiseAxis`); `bias` [C]
 */
export function depthwise(
  blocks: Blocks,
  input: BlockedValue,
  weights: string,
  options: { rules: AxisRules; bias?: string },
): BlockedValue {
  const [ruleD, ruleH, ruleW] = options.rules;
  const x = thickened(blocks, input);
  const kernel = options.rules.map((rule) => rule.kernel);
  const filters = tapFilters(blocks, weights, x.channels, { kernel, taps: kernel.map(countTo), phases: [1, 1, 1] });
  const geometry = {
    kernel: [ruleH.kernel, ruleW.kernel] as const,
    strides: [ruleH.stride, ruleW.stride] as const,
    pads: [ruleH.padding, ruleW.padding, ruleH.padding, ruleW.padding] as const,
    group: roundUp(x.channels, blocks.block),
    ...filledBias(blocks, options.bias, x.channels),
  };
  const read = slicesOf(blocks, x);
  const parts = countTo(ruleD.stride === 1 ? x.parts.length : 1).map((part) => {
    const terms = filters.flatMap(([filter], tap) => {
      const slices = read(part, tap - ruleD.padding);
      return slices === undefined ? [] : [{ x: slices, filter: filter! }];
    });
    return sumOfConvolutions(blocks, terms, geometry);
  });
  const result = {
    ...x,
    depth: x.depth / ruleD.stride,
    height: x.height / ruleH.stride,
    width: x.width / ruleW.stride,
  };
  return ruleD.stride === 1 ? { ...result, parts } : separated(blocks, parts[0]!, result);
}

/**
 * Gradient of a depthwise convolution with respect to its input. A strided axis has two phases, each with filters of
 * its own.
 * @param gradient of the output
 * @param weights as in `depthwise`
 * @param options `wait`: see `ExecutionOrder`
 */
export function depthwiseInputGradient(
  blocks: Blocks,
  gradient: BlockedValue,
  weights: string,
  { rules, wait }: { rules: AxisRules; wait?: string },
): BlockedValue {
  const [ruleD, ruleH, ruleW] = rules;
  const dy = thickened(blocks, gradient);
  const lengths = [dy.depth, dy.height, dy.width];
  const axes = rules.map((rule, i) =>
    inputGradientPhases({ ...rule, input: lengths[i]! * rule.stride, output: lengths[i]! }),
  );
  const [deep, high, wide] = axes as [(typeof axes)[0], (typeof axes)[0], (typeof axes)[0]];
  const filters = tapFilters(blocks, weights, dy.channels, {
    kernel: rules.map((rule) => rule.kernel),
    taps: axes.map((axis) => axis.taps),
    phases: rules.map((rule) => rule.stride),
    ...(wait ? { wait } : {}),
  });
  const channels = roundUp(dy.channels, blocks.block);
  const geometry = {
    kernel: [high.window, wide.window] as const,
    pads: [high.before, wide.before, high.after, wide.after] as const,
    group: channels,
  };
  const whole = ruleD.stride === 2 ? { ...dy, parts: [joined(blocks, dy)] } : dy;
  const read = slicesOf(blocks, whole);
  const parts = countTo(ruleD.stride === 2 ? 2 : dy.parts.length).map((part) => {
    const phases = countTo(ruleH.stride * ruleW.stride).map((phase) => {
      const terms = countTo(deep.window).flatMap((j) => {
        const tap = ruleD.stride === 2 ? part * deep.window + j : j;
        const slices = read(ruleD.stride === 2 ? 0 : part, j - deep.before);
        if (slices === undefined || deep.taps[tap] === ruleD.kernel) return [];
        return [{ x: slices, filter: filters[tap]![phase]! }];
      });
      return sumOfConvolutions(blocks, terms, geometry);
    });
    const all = phases.length === 1 ? phases[0]! : blocks.graph.node('Concat', phases, { axis: 1 });
    return pixelShuffle(blocks, all, {
      planes: (whole.depth / whole.parts.length) * dy.batch,
      channels,
      size: [dy.height, dy.width],
      phases: [ruleH.stride, ruleW.stride],
    });
  });
  return {
    ...dy,
    parts,
    depth: dy.depth * ruleD.stride,
    height: dy.height * ruleH.stride,
    width: dy.width * ruleW.stride,
  };
}

/**
 * Gradient of a depthwise convolution with respect to its weights: each plane of x is convolved with the plane of the
 * output gradient as its filter, and the planes are summed.
 * @returns [C, 1, kd, kh, kw] in the framework's order
 */
export function depthwiseWeightGradient(
  blocks: Blocks,
  input: BlockedValue,
  gradient: BlockedValue,
  rules: AxisRules,
): string {
  const { graph, block } = blocks;
  const [ruleD, ruleH, ruleW] = rules;
  const x = thickened(blocks, input);
  const dy = thickened(blocks, gradient);
  const filters = ruleD.stride === 2 ? [joined(blocks, dy)] : dy.parts;
  const planes = (dy.depth / filters.length) * dy.batch;
  const channels = roundUp(x.channels, block);
  const beyond = ({ kernel, stride, padding }: AxisRule, from: number, to: number) =>
    kernel + stride * (to - 1) - from - padding;
  const geometry = {
    kernel: [dy.height, dy.width] as const,
    dilations: [ruleH.stride, ruleW.stride] as const,
    pads: [ruleH.padding, ruleW.padding, beyond(ruleH, x.height, dy.height), beyond(ruleW, x.width, dy.width)] as const,
    group: planes * channels,
  };
  const read = slicesOf(blocks, x);
  const plane = ruleH.kernel * ruleW.kernel;
  const sums = countTo(ruleD.kernel).map((tap) => {
    const terms = filters.flatMap((filter, part) => {
      const slices = read(part, tap - ruleD.padding);
      if (slices === undefined) return [];
      return [
        {
          x: blocks.reshape(slices, [1, planes * channels, x.height, x.width]),
          filter: blocks.reshape(filter, [planes * channels, 1, dy.height, dy.width]),
        },
      ];
    });
    if (terms.length === 0) return undefined;
    const rows = blocks.reshape(sumOfConvolutions(blocks, terms, geometry), [planes, 1, channels * plane]);
    return graph.node('ReduceSum', [rows, graph.constant([0], 'int64')], { keepdims: 0 });
  });
  // Taps that reach beyond the first and the last slice alone
  const none = () => graph.node('Mul', [sums[ruleD.padding]!, graph.constant(0)]);
  const taps = sums.map((sum) => sum ?? none());
  const all = taps.length === 1 ? taps[0]! : graph.node('Concat', taps, { axis: 0 });
  const ordered = blocks.transpose(blocks.reshape(all, [ruleD.kernel, channels / block, plane, block]), [1, 3, 0, 2]);
  const rows = blocks.reshape(ordered, [channels, ruleD.kernel * plane]);
  const cut = channels === x.channels ? rows : blocks.slice(rows, 0, 0, x.channels);
  return blocks.reshape(cut, [x.channels, 1, ruleD.kernel, ruleH.kernel, ruleW.kernel]);
}

const countTo = (n: number) => Array.from({ length: n }, (_, i) => i);

/**
 * Returns a function that gives the depth slices which a part of the result reads at an offset, undefined if all lie
 * beyond the ends. Slice j of part r reads slice parts * j + r + offset of x.
 */
function slicesOf(blocks: Blocks, x: BlockedValue): (part: number, offset: number) => string | undefined {
  const count = x.parts.length;
  const known = new Map<string, string>();
  return (part, offset) => {
    const by = Math.floor((part + offset) / count);
    const from = part + offset - by * count;
    if (Math.abs(by) >= x.depth / count) return undefined;
    if (by === 0) return x.parts[from];
    const key = `${from} ${by}`;
    const moved = known.get(key) ?? shifted(blocks, x.parts[from]!, x.batch, -by);
    known.set(key, moved);
    return moved;
  };
}

/**
 * Converts weights [C, 1, kd, kh, kw] to the order of the blocked depthwise convolution, [C/b][kh][kw][b] declared
 * [C, 1, kh, kw], with padded channels.
 * @param options `taps`: indices along each axis of the kernel, phase after phase; the kernel's length stands for zero
 * @returns filters by depth tap and phase of the plane (height, then width)
 */
function tapFilters(
  blocks: Blocks,
  weights: string,
  channels: number,
  options: {
    kernel: readonly number[];
    taps: readonly (readonly number[])[];
    phases: readonly number[];
    wait?: string;
  },
): string[][] {
  const { graph, block } = blocks;
  const { kernel, taps, phases, wait } = options;
  const stored = roundUp(channels, block);
  const zeros = taps.map((list, i) => (list.includes(kernel[i]!) ? 1 : 0));
  let w = blocks.pad(blocks.reshape(weights, [channels, ...kernel]), [0, 0, 0, 0], [stored - channels, ...zeros]);
  for (const [i, list] of taps.entries()) {
    if (list.length === kernel[i] && list.every((tap, at) => tap === at)) continue;
    w = graph.node('Gather', [w, graph.constant(list, 'int64')], { axis: i + 1 });
  }
  const [deep, high, wide] = taps.map((list) => list.length) as [number, number, number];
  const [windowH, windowW] = [high / phases[1]!, wide / phases[2]!];
  const split = [stored / block, block, deep, phases[1]!, windowH, phases[2]!, windowW];
  const ordered = blocks.transpose(blocks.reshape(w, split), [2, 3, 5, 0, 4, 6, 1]);
  const count = phases[1]! * phases[2]!;
  const list =
    deep * count === 1
      ? [ordered]
      : graph.nodeWithOutputs(
          'Split',
          [blocks.reshape(ordered, [deep * count, stored * windowH * windowW])],
          { axis: 0 },
          { outputs: deep * count },
        );
  const filters = list.map((filter) => reshapeAfter(blocks, filter, [stored, 1, windowH, windowW], wait));
  return countTo(deep).map((tap) => filters.slice(tap * count, (tap + 1) * count));
}
