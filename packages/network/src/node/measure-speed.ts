import { blockedLowering, differentiate, lower } from '@nnunet/autodiff';
import { convolution, input, instanceNorm, square, sum } from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import { blockSize } from '../choose-lowering.ts';
import type { Compute } from '../compute.ts';
import { GraphSession } from '../graph-session.ts';
import { nodeRuntime } from './node-runtime.ts';

/** As in the second stage of a 3D network: smaller arrays are slower per multiplication. */
const CHANNELS = 64;
const SPACE = [20, 28, 20];
const KERNEL = [3, 3, 3];
/** Two convolutions and their norms, forward, and the gradients of both kernels (and of the first one's result). */
const MULTIPLICATIONS = 5 * CHANNELS ** 2 * sizeOf(KERNEL) * sizeOf(SPACE);

/** The first run is slower than those that follow. */
const UNCOUNTED = 1;
const LEAST_RUNS = 3;
const MILLISECONDS = 150;

/**
 * Measures how fast the CPU computes networks, with a small block of convolutions forward and backward: seconds per
 * multiplication (and addition). Takes less than half a second on two cores.
 *
 * @param compute `threads`: default the number of physical cores
 */
export async function measureSpeed({ threads }: Pick<Compute, 'threads'> = {}): Promise<number> {
  const block = await blockSize(nodeRuntime);
  const lowering = block === undefined ? undefined : blockedLowering(block);
  const session = await GraphSession.create(nodeRuntime, lower(probe(), { lowering }), {
    threads,
    optimise: block === undefined,
  });
  try {
    const tensors = session.graph.inputs.map(({ name, shape }) => {
      const values = new Float32Array(sizeOf(shape)).map((_, i) => (i % 7) - 3);
      return [name, session.tensor(name, values)] as const;
    });
    const inputs = Object.fromEntries(tensors);
    const seconds: number[] = [];
    const until = performance.now() + MILLISECONDS;
    while (seconds.length < UNCOUNTED + LEAST_RUNS || performance.now() < until) {
      const start = performance.now();
      await session.run(inputs);
      seconds.push((performance.now() - start) / 1000);
    }
    const counted = seconds.slice(UNCOUNTED).sort((a, b) => a - b);
    return counted[counted.length >> 1]! / MULTIPLICATIONS;
  } finally {
    await session.dispose();
  }
}

function probe() {
  const [gamma, beta] = [input('gamma', [CHANNELS]), input('beta', [CHANNELS])];
  const kernels = ['first', 'second'].map((name) => input(name, [CHANNELS, CHANNELS, ...KERNEL]));
  let x = input('x', [1, CHANNELS, ...SPACE]);
  for (const kernel of kernels)
    x = instanceNorm(convolution(x, kernel, undefined, { padding: [1, 1, 1] }), gamma, beta, { negativeSlope: 0.01 });
  const loss = sum(square(x));
  const [first, second] = differentiate(loss, kernels);
  return { loss, firstGradient: first!, secondGradient: second! };
}
