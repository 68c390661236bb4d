import { OnnxGraph } from '@nnunet/autodiff';
import { messageOf } from '@nnunet/errors/internal';
import type { Runtime } from './runtime.ts';

/** Enough terms for every kernel of the runtime: several vectors of any width. */
const CHANNELS = 64;
const TAPS = 9;
/** The codes of the two sums: this far above and below the middle. */
const MIDDLE = 128;
const REACH = 100;

const faults = new WeakMap<Runtime, Promise<string | null>>();

/**
 * Returns why networks cannot be computed with 8-bit integers on this processor; null if they can. Some processors add
 * two products in 16 bits, which the greatest ones exceed: this is tried with a convolution of the greatest codes and
 * weights. Runs once per runtime, in a few milliseconds.
 */
export function faultOfIntegers(runtime: Runtime): Promise<string | null> {
  const known = faults.get(runtime) ?? probe(runtime);
  faults.set(runtime, known);
  return known;
}

async function probe(runtime: Runtime): Promise<string | null> {
  try {
    const session = await runtime.load(greatestSums(), { logSeverityLevel: 4 });
    const codes = new Uint8Array(TAPS * CHANNELS).fill(255);
    const { y } = await session.run({ x: new runtime.Tensor('uint8', codes, [1, 3, 3, CHANNELS]) });
    await session.release();
    const found = [...(y!.data as Uint8Array)];
    if (found.join() === [MIDDLE + REACH, MIDDLE - REACH].join()) return null;
    return `this processor computes them inexactly (${found.join(' and ')} instead of ${MIDDLE + REACH} and ${MIDDLE - REACH})`;
  } catch (error) {
    return `this processor has no operators for them (${messageOf(error)})`;
  }
}

/** One voxel of a 3 x 3 convolution, channels last: the greatest sum that is possible, and the lowest. */
function greatestSums(): Uint8Array {
  const graph = new OnnxGraph();
  const x = graph.input('x', [1, 3, 3, CHANNELS], 'uint8');
  const terms = CHANNELS * TAPS;
  const weights = Int8Array.from({ length: 2 * terms }, (_, i) => (i < terms ? 127 : -127));
  const one = graph.constant(1);
  const y = graph.node(
    'QLinearConv',
    [
      x,
      one,
      graph.constant(0, 'uint8'),
      graph.initializer('weights', { data: weights, shape: [2, CHANNELS, 3, 3] }),
      graph.constant(REACH / (255 * 127 * terms)),
      graph.constant(0, 'int8'),
      one,
      graph.constant(MIDDLE, 'uint8'),
    ],
    { kernel_shape: [3, 3], channels_last: 1 },
    { domain: 'com.microsoft' },
  );
  graph.output('y', y, [1, 1, 1, 2], 'uint8');
  return graph.encode();
}
