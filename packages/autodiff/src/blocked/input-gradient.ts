import { type AxisRules, gradientPhases } from './axis-rule.ts';
import { type Blocks, rowNumbers } from './blocks.ts';
import { depthThree, shifted, sumOfConvolutions, transformsOf } from './depth-taps.ts';
import { gradientFilters } from './filters.ts';
import { type BlockedValue, joined, roundUp } from './layout.ts';

/**
 * Gradient of a convolution with respect to its input; with kernel = stride, the transposed convolution. A strided
 * plane axis becomes two phases: one convolution computes phases * C channels, followed by a pixel shuffle.
 * @param dy gradient of the output
 * @param weights [O, C, (kd,) kh, kw] in the framework's order
 * @param options `rules` of depth, height, width; `sections`: channels of the concatenated inputs, which sum to C;
 *   `wait`: see `ExecutionOrder`
 * @returns the gradient of each section of the input
 */
export function inputGradient(
  blocks: Blocks,
  dy: BlockedValue,
  weights: string,
  options: { rules: AxisRules; sections: readonly number[]; wait?: string },
): BlockedValue[] {
  const { rules, sections } = options;
  const [ruleD, ruleH, ruleW] = rules;
  const kernel = [ruleD.kernel, ruleH.kernel, ruleW.kernel] as const;
  const high = gradientPhases(ruleH);
  const wide = gradientPhases(ruleW);
  const geometry = {
    kernel: [high.taps[0]!.length, wide.taps[0]!.length] as const,
    pads: [high.before, wide.before, high.after, wide.after] as const,
  };
  const winograd = ruleD.stride === 1 && ruleD.kernel === 3 && dy.depth % 2 === 0;
  const transforms = winograd ? transformsOf(blocks, dy) : undefined;
  const whole = ruleD.stride === 2 ? joined(blocks, dy) : undefined;
  let channel = 0;
  return sections.map((channels) => {
    const own = sections.length === 1 ? weights : blocks.slice(weights, 1, channel, channel + channels);
    channel += channels;
    const shape = { outputs: dy.channels, inputs: channels, kernel, thin: dy.thin };
    const filters = gradientFilters(blocks, own, shape, [high.taps, wide.taps], options.wait);
    const shuffle = (x: string, slices: number) =>
      pixelShuffle(blocks, x, {
        planes: slices * dy.batch,
        channels: roundUp(channels, blocks.block),
        size: [dy.height, dy.width],
        phases: [high.taps.length, wide.taps.length],
      });
    let parts: string[];
    if (whole !== undefined) {
      parts = stridedDepth(blocks, { x: whole, batch: dy.batch, kernel: ruleD.kernel }, filters, geometry).map((x) =>
        shuffle(x, dy.depth),
      );
    } else {
      const slices = dy.depth / dy.parts.length;
      const made =
        ruleD.kernel === 3
          ? depthThree(blocks, [{ x: dy, filters: [...filters].reverse() }], {
              ...geometry,
              ...(transforms ? { transforms: [transforms] } : {}),
            })
          : dy.parts.map((x) => sumOfConvolutions(blocks, [{ x, filter: filters[0]! }], geometry));
      parts = made.map((x) => shuffle(x, slices));
    }
    return {
      parts,
      batch: dy.batch,
      channels,
      depth: dy.depth * ruleD.stride,
      height: dy.height * ruleH.stride,
      width: dy.width * ruleW.stride,
      thin: false,
    };
  });
}

/** Even and odd input slices of a convolution with stride 2 along depth. */
function stridedDepth(
  blocks: Blocks,
  dy: { x: string; batch: number; kernel: number },
  filters: readonly string[],
  geometry: { kernel: readonly [number, number]; pads: readonly [number, number, number, number] },
): [string, string] {
  const sum = (terms: { x: string; filter: string }[]) => sumOfConvolutions(blocks, terms, geometry);
  if (dy.kernel === 3) {
    const next = shifted(blocks, dy.x, dy.batch, -1);
    return [
      sum([{ x: dy.x, filter: filters[1]! }]),
      sum([
        { x: dy.x, filter: filters[2]! },
        { x: next, filter: filters[0]! },
      ]),
    ];
  }
  const even = sum([{ x: dy.x, filter: filters[0]! }]);
  if (dy.kernel === 2) return [even, sum([{ x: dy.x, filter: filters[1]! }])];
  return [even, blocks.graph.node('Sub', [even, even])];
}

/** [planes, (phase h, phase w, C), H, W] to [planes, C, H * phases, W * phases], in blocked order. */
export function pixelShuffle(
  blocks: Blocks,
  x: string,
  options: { planes: number; channels: number; size: readonly [number, number]; phases: readonly [number, number] },
): string {
  const { planes, channels, size, phases } = options;
  if (phases[0] * phases[1] === 1) return x;
  const { graph, block } = blocks;
  const [high, wide] = phases;
  const groups = channels / block;
  const plane = size[0] * size[1];
  const key = `shuffle_${[groups, ...size, ...phases].join('_')}`;
  const table = blocks.sharedTable(key, () =>
    graph.initializer(key, {
      data: rowNumbers(
        [groups, size[0], high, size[1], wide],
        [plane, size[1], wide * groups * plane, 1, groups * plane],
      ),
      shape: [high * wide * groups * plane],
    }),
  );
  const shuffled = blocks.gatherRows(x, table, [planes, high * wide * groups * plane]);
  return blocks.reshape(shuffled, [planes, channels, size[0] * high, size[1] * wide]);
}
