import { sizeOf } from '@nnunet/tensor';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { blockSizeOf, blockSizeProbe } from '../src/blocked/block-size.ts';
import type { Expression } from '../src/expression.ts';
import { lower } from '../src/lower.ts';

export type Options = NonNullable<Parameters<typeof lower>[1]>;

/** A function that runs the lowered graph in ONNX Runtime on given inputs. */
export async function compile(outputs: Record<string, Expression>, options: Options = {}) {
  const graph = lower(outputs, options);
  const session = await InferenceSession.create(graph.model, { enableMemPattern: false, logSeverityLevel: 3 });
  return async (feeds: Record<string, ArrayLike<number>>): Promise<Record<string, Float64Array>> => {
    const tensors = graph.inputs.map(({ name, shape, type }) => {
      const data = type === 'float64' ? Float64Array.from(feeds[name]!) : Float32Array.from(feeds[name]!);
      if (data.length !== sizeOf(shape)) throw new RangeError(`${name} has ${data.length} elements`);
      return [name, new Tensor(type as 'float32', data as Float32Array, shape)] as const;
    });
    const results = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(results).map(([name, t]) => [name, Float64Array.from(t.data as Float32Array, Number)]),
    );
  };
}

/** Runs a graph once. */
export async function evaluate(
  outputs: Record<string, Expression>,
  feeds: Record<string, ArrayLike<number>>,
  options: Options = {},
) {
  return (await compile(outputs, options))(feeds);
}

/** Numbers in (-1, 1) that depend on the seed alone. */
export function randomNumbers(length: number, seed: number): Float64Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float64Array.from({ length }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    t = (t ^ (t >>> 15)) >>> 0;
    return (t / 2 ** 32) * 2 - 1;
  });
}

let block: number | undefined;

/** Channels per block of the machine at hand. */
export async function machineBlock(): Promise<number> {
  if (block !== undefined) return block;
  const probe = blockSizeProbe();
  const session = await InferenceSession.create(probe.model);
  const { y } = await session.run({ x: new Tensor('float32', probe.input.data, probe.input.shape) });
  block = blockSizeOf(y!.data as Float32Array);
  if (block === undefined) throw new Error('this machine has no blocked operators');
  return block;
}
