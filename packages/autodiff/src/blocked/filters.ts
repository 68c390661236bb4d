import { type Blocks, rowNumbers } from './blocks.ts';
import { nchwc, roundUp, toChannelBlocks } from './layout.ts';

/**
 * Weights and their gradients are in the framework's order at the ends of the graph. The blocked convolutions read and
 * write blocks of lanes instead. Each conversion is one of the provider's reorderings, which makes or takes apart the
 * lanes, and one rearrangement of whole rows of lanes per depth tap: both run in all threads.
 */
export interface FilterShape {
  readonly outputs: number;
  readonly inputs: number;
  /** Depth, height, width. */
  readonly kernel: readonly [number, number, number];
  /** Whether the convolution's input has fewer channels than a block and is not blocked. */
  readonly thin: boolean;
}

/**
 * Converts weights [O, I, kd, kh, kw] to the order of the blocked convolution, one filter per depth tap:
 * [O/b][I/b][kh][kw][b in][b out], or [O/b][I][kh][kw][b out] for thin inputs; declared [O, I, kh, kw] with padded
 * channels.
 */
export function forwardFilters(blocks: Blocks, weights: string, shape: FilterShape): string[] {
  const { block } = blocks;
  const { kernel, thin } = shape;
  const [kd, kh, kw] = kernel;
  const plane = kh * kw;
  const outputs = roundUp(shape.outputs, block);
  const inputs = thin ? shape.inputs : roundUp(shape.inputs, block);
  const flat = blocks.reshape(weights, [1, shape.outputs, shape.inputs, kd * plane]);
  const filled = blocks.pad(flat, [0, 0, 0, 0], [0, 0, inputs - shape.inputs, 0]);
  const columns = blocks.reshape(filled, [1, shape.outputs, 1, inputs * kd * plane]);
  const lanes = toChannelBlocks(blocks, columns, shape.outputs);
  // rows [O/b] of [I][kd][plane] -> [O/b] of [I/b][plane][b in], or [I][plane]
  const [sizes, strides] = thin
    ? [
        [inputs, plane],
        [kd * plane, 1],
      ]
    : [
        [inputs / block, plane, block],
        [block * kd * plane, 1, kd * plane],
      ];
  return rowsByTap(blocks, lanes, {
    ...{ outer: outputs / block, rows: inputs * kd * plane, taps: kd, step: plane },
    ...{ key: `forward_${[inputs, kd, plane, thin].join('_')}`, table: rowNumbers(sizes, strides) },
  }).map((tap) => blocks.reshape(tap, [outputs, inputs, kh, kw]));
}

/**
 * Converts weights [O, I, kd, kh, kw] for the input gradient as a convolution over dy, one filter per depth tap:
 * outputs are the plane phases (height, width) times I, inputs are O; declared [phases*I, O, taps h, taps w] with
 * padded channels.
 * @param shape `outputs` O, `inputs` I, `thin`: dy has fewer channels than a block
 * @param phases taps of each phase, for height and width (`gradientPhases`)
 * @param wait see `ExecutionOrder`
 */
export function gradientFilters(
  blocks: Blocks,
  weights: string,
  shape: FilterShape,
  phases: readonly [readonly (readonly number[])[], readonly (readonly number[])[]],
  wait?: string,
): string[] {
  const { block } = blocks;
  const { kernel, thin } = shape;
  const [kd, kh, kw] = kernel;
  const plane = kh * kw;
  const outputs = thin ? shape.outputs : roundUp(shape.outputs, block);
  const inputs = roundUp(shape.inputs, block);
  const [high, wide] = phases;
  const count = high.length * wide.length;
  // A tap beyond the kernel is the zero after the last.
  const places = high.flatMap((h) =>
    wide.flatMap((w) => h.flatMap((i) => w.map((j) => (i < 0 || j < 0 ? -1 : i * kw + j)))),
  );
  const taps = places.length / count;
  const zero = places.includes(-1) ? 1 : 0;
  const stored = kd * plane + zero;
  const flat = blocks.reshape(weights, [shape.outputs, shape.inputs, 1, kd * plane]);
  const filled = blocks.pad(flat, [0, 0, 0, 0], [outputs - shape.outputs, 0, 0, zero]);
  const lanes = toChannelBlocks(blocks, filled, shape.inputs);
  // rows [O][I/b][taps] -> [phases][I/b][O/b][taps][b out], or [phases][I/b][O][taps]
  const perOutput = (inputs / block) * stored;
  const [lane, groups] = thin ? [1, outputs] : [block, outputs / block];
  const fixed = rowNumbers([inputs / block, groups, 1, lane], [stored, lane * perOutput, 1, perOutput]);
  const table = (depth: number) => {
    const rows = new Int32Array(count * fixed.length * taps);
    let to = 0;
    for (let phase = 0; phase < count; phase++) {
      for (let group = 0; group < fixed.length; group += lane) {
        for (let tap = 0; tap < taps; tap++) {
          const place = places[phase * taps + tap]!;
          const offset = place < 0 ? kd * plane : depth * plane + place;
          for (let i = 0; i < lane; i++) rows[to++] = fixed[group + i]! + offset;
        }
      }
    }
    return rows;
  };
  const key = `gradient_filter_${[outputs, inputs, kd, plane, thin, ...places].join('_').replaceAll('-', 'm')}`;
  return Array.from({ length: kd }, (_, depth) => {
    const name = `${key}_${depth}`;
    const rows = blocks.sharedTable(name, () => {
      const data = table(depth);
      return blocks.graph.initializer(name, { data, shape: [data.length] });
    });
    const filter = blocks.gatherRows(lanes, rows, [1, outputs * perOutput]);
    return reshapeAfter(blocks, filter, [count * inputs, outputs, high[0]!.length, wide[0]!.length], wait);
  });
}

/** Converts depth taps of [O/b][kh][kw * C][b] to [O, C, kd, kh, kw]. */
export function filtersInFrameworkOrder(
  blocks: Blocks,
  taps: readonly string[],
  shape: { outputs: number; inputs: number; kernel: readonly [number, number, number] },
): string {
  const { graph, block } = blocks;
  const { kernel, inputs } = shape;
  const [kd, kh, kw] = kernel;
  const plane = kh * kw;
  const groups = roundUp(shape.outputs, block) / block;
  const parts = taps.map((tap) => blocks.reshape(tap, [groups, plane * inputs, block]));
  const all = kd === 1 ? parts[0]! : graph.node('Concat', parts, { axis: 1 });
  const rows = kd * plane * inputs;
  const key = `weights_${[inputs, kd, plane].join('_')}`;
  const table = blocks.sharedTable(key, () =>
    graph.initializer(key, { data: rowNumbers([inputs, kd * plane], [1, inputs]), shape: [rows] }),
  );
  const ordered = plane * kd === 1 || inputs === 1 ? all : blocks.gatherRows(all, table, [groups, rows]);
  const declared = blocks.reshape(ordered, [1, groups * block, 1, rows]);
  const plain = graph.node('ReorderOutput', [declared], { channels_last: 0, channels: shape.outputs }, nchwc);
  return blocks.reshape(plain, [shape.outputs, inputs, kd, kh, kw]);
}

/**
 * Rearranges rows of lanes, [outer][rows], once for each depth tap.
 * @param options `table`: the rows of the first tap; those of each further one are `step` further; `key` names it
 */
function rowsByTap(
  blocks: Blocks,
  lanes: string,
  options: { outer: number; rows: number; taps: number; step: number; key: string; table: Int32Array },
): string[] {
  const { outer, rows, taps, step, key, table } = options;
  if (taps === 1 && table.every((row, i) => row === i)) return [lanes];
  return Array.from({ length: taps }, (_, tap) => {
    const name = `${key}_${tap}`;
    const shared = blocks.sharedTable(name, () =>
      blocks.graph.initializer(name, { data: table.map((row) => row + tap * step), shape: [table.length] }),
    );
    return blocks.gatherRows(lanes, shared, [outer, rows]);
  });
}

/** Reshapes once the results that the zero `wait` stands for are available. */
export function reshapeAfter(blocks: Blocks, x: string, shape: readonly number[], wait: string | undefined): string {
  if (wait === undefined) return blocks.reshape(x, shape);
  const { graph } = blocks;
  return graph.node('Reshape', [x, graph.node('Add', [graph.constant(shape, 'int64'), wait])]);
}
