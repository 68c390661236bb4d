import { sizeOf } from '@nnunet/tensor';
import type { Expression, ExpressionOf } from '../expression.ts';
import type { LoweringContext, LoweringFactory } from '../lowering.ts';
import {
  inputMatrix,
  outputMatrix,
  PRODUCTS,
  TILE,
  type TileRun,
  tileRuns,
  transformTaps,
  valuesRead,
} from './tiles.ts';

/** Channels from which fewer products can outweigh the sums. */
const LEAST_CHANNELS = 12;

/** Outputs that are computed together: longer runs waste products with zeros, shorter ones read more values twice. */
const RUN = { depth: 20, height: 16 };

/**
 * The plain lowering with Winograd's convolutions: those of 3x3 or 3x3x3 taps and constant weights, with stride 1, take
 * a quarter of the products in two axes (of all three, or a half in one for 3x3) and some sums. For processors on which
 * products are slow, such as WebAssembly, and for predictions only. Rounds to about 1e-5 of the greatest value.
 *
 * @param least channels of the layers that take this form; narrower ones stay plain
 */
export function winogradLowering(least = LEAST_CHANNELS): LoweringFactory {
  return (context) => {
    const values = new Map<number, string>();
    return {
      emit(e) {
        if (e.op !== 'convolution' || e.inputs[1]!.op !== 'constant' || !isWorthwhile(e, least)) return false;
        values.set(e.id, writeTiles(context, e));
        return true;
      },
      toPlain: (e) => values.get(e.id)!,
    };
  };
}

/**
 * Whether a convolution has the form, enough channels for fewer products to outweigh the sums, and enough voxels for
 * its weights, which become four times as many.
 */
function isWorthwhile(
  { inputs: [x, weights], shape, attributes }: ExpressionOf<'convolution'>,
  least = LEAST_CHANNELS,
): boolean {
  const [outputs, channels, ...kernel] = weights!.shape as [number, number, ...number[]];
  const { stride, padding, groups } = attributes;
  const form = kernel.slice(-2).every((k) => k === 3) && (kernel.length === 2 || kernel[0] === 3 || kernel[0] === 1);
  const same = kernel.every((k, i) => stride[i] === 1 && padding[i] === (k - 1) / 2);
  if (x!.type !== 'float' || groups !== 1 || !form || !same) return false;
  return Math.min(outputs, channels) >= least && sizeOf(shape.slice(2)) >= 1024;
}

/** How a convolution is divided. */
function divide({ inputs: [x, weights] }: ExpressionOf<'convolution'>) {
  const [samples, channels, ...spatial] = x!.shape as [number, number, ...number[]];
  const [height, width] = spatial.slice(-2) as [number, number];
  const depth = spatial.length === 3 ? spatial[0]! : 1;
  const deep = weights!.shape.length === 5 && weights!.shape[2] === 3;
  const products = deep ? PRODUCTS ** 2 : PRODUCTS;
  const [slabs, rows] = [tileRuns(depth, RUN.depth), tileRuns(height, RUN.height)];
  return { samples, channels, depth, height, width, deep, products, slabs, rows };
}

/**
 * Returns the numbers that a convolution takes in memory when it predicts in this form and not in the plain one: further
 * weights, and values while it runs. 0 where it is left as it is, whatever the channels from which the form is taken.
 */
export function winogradMemory(e: Expression): { weights: number; values: number } {
  if (e.op !== 'convolution' || !isWorthwhile(e)) return { weights: 0, values: 0 };
  const { samples, channels, width, deep, products, slabs, rows } = divide(e);
  const [outputs, weights] = [e.shape[1]!, e.inputs[1]!.shape];
  const slices = deep ? slabs[0]!.tiles : slabs[0]!.outputs;
  const positions = samples * slices * rows.length * rows[0]!.tiles * width;
  return {
    weights: products * 3 * outputs * channels - sizeOf(weights),
    // Before and after a transposition.
    values: 2 * products * Math.max(outputs, channels) * positions,
  };
}

/** Writes the convolution, some slices at a time: what it needs besides the input and output stays small. */
function writeTiles(c: LoweringContext, e: ExpressionOf<'convolution'>): string {
  const { graph } = c;
  const [x, weights, bias] = e.inputs as [Expression, Expression, Expression?];
  const { samples, channels, depth, height, width, deep, products, slabs, rows } = divide(e);
  const outputs = e.shape[1]!;
  const int64 = (list: readonly number[]) => graph.constant(list, 'int64');
  const reshape = (value: string, shape: readonly number[]) => graph.node('Reshape', [value, int64(shape)]);
  const times = (name: string, matrix: Matrix, value: string) =>
    graph.node('MatMul', [graph.initializer(`${name} ${e.id}`, { data: matrix.data, shape: matrix.shape }), value]);

  const { data: taps, shape: tapShape } = transformed(weights, deep);
  const filter = graph.initializer(`winograd ${e.id}`, { data: taps, shape: tapShape });
  const row = rows[0]!;
  const read = rows.flatMap((run) => Array.from({ length: valuesRead(run) }, (_, i) => run.start - 1 + i));
  const inside = read.map((at) => Math.min(Math.max(at, 0), height - 1));
  const ofRows = matrices(
    rows.map((run) => inputMatrix(run, height)),
    [PRODUCTS * row.tiles, valuesRead(row)],
  );
  const toRows = { data: outputMatrix(row), shape: [TILE * row.tiles, PRODUCTS * row.tiles] };
  const biased = bias === undefined ? undefined : c.plain(bias);
  const whole = reshape(c.plain(x), [samples, channels, depth, height * width]);

  const parts = slabs.map((run) => {
    const [from, to] = deep
      ? [Math.max(0, run.start - 1), Math.min(depth, run.start - 1 + valuesRead(run))]
      : [run.start, run.start + run.outputs];
    const slab =
      from === 0 && to === depth ? whole : graph.node('Slice', [whole, int64([from]), int64([to]), int64([2])]);
    const slices = deep ? run.tiles : run.outputs;
    const planes = deep ? PRODUCTS * run.tiles : slices;
    const inDepth = deep ? times(`depth ${from}`, cutColumns(run, depth, from, to), slab) : slab;
    const gathered = graph.node(
      'Gather',
      [reshape(inDepth, [samples * channels * planes, height, width]), int64(inside)],
      { axis: 1 },
    );
    const inPlane = times(
      'height',
      ofRows,
      reshape(gathered, [samples * channels * planes, rows.length, valuesRead(row), width]),
    );
    // (samples, channels, products of depth, slices and runs, products of height, tiles and width), products first.
    const [a, b] = [deep ? PRODUCTS : 1, slices * rows.length];
    const apart = graph.node('Transpose', [reshape(inPlane, [samples, channels, a, b, PRODUCTS, row.tiles * width])], {
      perm: [0, 2, 4, 1, 3, 5],
    });
    const product = graph.node('Conv', [reshape(apart, [samples, products * channels, b * row.tiles, width]), filter], {
      kernel_shape: [1, 3],
      pads: [0, 1, 0, 1],
      group: products,
    });
    const together = graph.node(
      'Transpose',
      [reshape(product, [samples, a, PRODUCTS, outputs, b, row.tiles * width])],
      { perm: [0, 3, 1, 4, 2, 5] },
    );
    const inRows = times(
      'rows',
      toRows,
      reshape(together, [samples * outputs * planes, rows.length, PRODUCTS * row.tiles, width]),
    );
    let full = reshape(inRows, [samples * outputs * planes, rows.length * TILE * row.tiles, width]);
    if (rows.length * TILE * row.tiles > height)
      full = graph.node('Slice', [full, int64([0]), int64([height]), int64([1])]);
    const ready = reshape(full, [samples, outputs, planes, height * width]);
    return deep ? times(`slices ${from}`, cutRows(run), ready) : ready;
  });
  const y = reshape(parts.length === 1 ? parts[0]! : graph.node('Concat', parts, { axis: 2 }), e.shape);
  if (biased === undefined) return y;
  return graph.node('Add', [y, reshape(biased, [1, outputs, ...e.shape.slice(2).map(() => 1)])]);
}

interface Matrix {
  data: Float32Array;
  shape: number[];
}

function matrices(list: readonly Float32Array[], shape: readonly number[]): Matrix {
  const data = new Float32Array(list.length * list[0]!.length);
  for (const [i, matrix] of list.entries()) data.set(matrix, i * matrix.length);
  return { data, shape: [list.length, ...shape] };
}

/** The input matrix of a run for the values from `from` to `to`. */
function cutColumns(run: TileRun, size: number, from: number, to: number): Matrix {
  const [whole, values, rows] = [inputMatrix(run, size), valuesRead(run), PRODUCTS * run.tiles];
  const first = from - (run.start - 1);
  const data = new Float32Array(rows * (to - from));
  for (let r = 0; r < rows; r++)
    data.set(whole.subarray(r * values + first, r * values + first + to - from), r * (to - from));
  return { data, shape: [rows, to - from] };
}

/** The output matrix of a run for the outputs that exist. */
function cutRows(run: TileRun): Matrix {
  const columns = PRODUCTS * run.tiles;
  return { data: outputMatrix(run).slice(0, run.outputs * columns), shape: [run.outputs, columns] };
}

/** The weights (O, C, [3,] 3, 3) as (products * O, C, 1, 3), products of the depth first. */
function transformed(weights: Expression, deep: boolean): Matrix {
  const { data } = (weights as ExpressionOf<'constant'>).attributes.value;
  const [outputs, channels] = weights.shape as [number, number];
  const pairs = outputs * channels;
  const inDepth = deep
    ? transformTaps(Float64Array.from(data as Float32Array), pairs, 9)
    : Float64Array.from(data as Float32Array);
  const a = deep ? PRODUCTS : 1;
  // (a, pairs, 3, 3) to (PRODUCTS of the height, a, pairs, 3)
  const both = transformTaps(inDepth, a * pairs, 3);
  const result = new Float32Array(both.length);
  const size = pairs * 3;
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < PRODUCTS; j++) {
      for (let k = 0; k < size; k++) result[(i * PRODUCTS + j) * size + k] = both[(j * a + i) * size + k]!;
    }
  }
  return { data: result, shape: [a * PRODUCTS * outputs, channels, 1, 3] };
}
