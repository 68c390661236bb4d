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

const CHANNELS = 32;
const SIZE = [16, 24, 24];
const RUNS = 4;

/**
 * Times a convolution of 32 channels in the standard form and in Winograd's, in the runtime's usual number of threads:
 * the least of a few runs, taken in turns so that both see the same load.
 */
export async function timeWinograd(runtime: Runtime): Promise<LayerTimes> {
  const random = (seed: number, shape: number[]) =>
    counterRandom(seed, 'layer').fillNormal(new Float32Array(sizeOf(shape)), 1);
  const x = input('x', [1, CHANNELS, ...SIZE]);
  const kernel = [CHANNELS, CHANNELS, 3, 3, 3];
  const y = convolution(x, constant({ data: random(1, kernel), shape: kernel }), undefined, { padding: [1, 1, 1] });
  const open = (lowering?: LoweringFactory) => GraphSession.create(runtime, lower({ y }, { lowering }));
  const sessions = { plain: await open(), winograd: await open(winogradLowering) };
  const values = random(2, [...x.shape]);
  const times: LayerTimes = { plain: Number.POSITIVE_INFINITY, winograd: Number.POSITIVE_INFINITY };
  // The first run is slower.
  for (let run = 0; run <= RUNS; run++) {
    for (const form of ['plain', 'winograd'] as const) {
      const start = performance.now();
      await sessions[form].run({ x: sessions[form].tensor('x', values) });
      if (run > 0) times[form] = Math.min(times[form], performance.now() - start);
    }
  }
  for (const session of Object.values(sessions)) await session.dispose();
  return times;
}
