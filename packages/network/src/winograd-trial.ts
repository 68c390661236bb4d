import { type LoweringFactory, lower, winogradLowering } from '@nnunet/autodiff';
import { constant, convolution, input } from '@nnunet/autodiff/operators';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import { GraphSession } from './graph-session.ts';
import type { Runtime } from './runtime.ts';

/** Milliseconds of a convolution in each form. */
export interface LayerTimes {
  plain: number;
  winograd: number;
}

/** A convolution of 3x3x3 taps that is timed. */
export interface TrialLayer {
  channels: number;
  /** Voxels, [z, y, x]. */
  size: readonly number[];
  runs: number;
}

/** What most layers of networks resemble. */
export const WIDE_LAYER: TrialLayer = { channels: 32, size: [16, 24, 24], runs: 4 };
/** The first layers of networks with few features, of which the patch is whole: where sums cost most beside products. */
export const NARROW_LAYER: TrialLayer = { channels: 16, size: [32, 48, 48], runs: 2 };

/**
 * Times a convolution in the standard form and in Winograd's, in the runtime's usual number of threads: the least of a
 * few runs, taken in turns so that both see the same load.
 */
export async function timeWinograd(runtime: Runtime, { channels, size, runs }: TrialLayer): Promise<LayerTimes> {
  const random = (seed: number, shape: number[]) =>
    counterRandom(seed, 'layer').fillNormal(new Float32Array(sizeOf(shape)), 1);
  const x = input('x', [1, channels, ...size]);
  const kernel = [channels, channels, 3, 3, 3];
  const y = convolution(x, constant({ data: random(1, kernel), shape: kernel }), undefined, { padding: [1, 1, 1] });
  const open = (lowering?: LoweringFactory) => GraphSession.create(runtime, lower({ y }, { lowering }));
  const sessions = { plain: await open(), winograd: await open(winogradLowering()) };
  const values = random(2, [...x.shape]);
  const times: LayerTimes = { plain: Number.POSITIVE_INFINITY, winograd: Number.POSITIVE_INFINITY };
  // The first run is slower.
  for (let run = 0; run <= runs; run++) {
    for (const form of ['plain', 'winograd'] as const) {
      const start = performance.now();
      await sessions[form].run({ x: sessions[form].tensor('x', values) });
      if (run > 0) times[form] = Math.min(times[form], performance.now() - start);
    }
  }
  for (const session of Object.values(sessions)) await session.dispose();
  return times;
}
