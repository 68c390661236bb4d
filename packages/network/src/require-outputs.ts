import { input } from '@nnunet/autodiff/operators';
import { faultOfOutputs } from './fault-of-outputs.ts';
import { networkOf } from './network.ts';
import type { NetworkDescription } from './network-description.ts';

/**
 * Builds a network for a patch size, in training and prediction and for batches of several sizes, to see whether it can
 * be built.
 *
 * @throws RangeError, TypeError or NnUNetError saying what is wrong
 */
export function requireOutputs(description: NetworkDescription, patchSize: readonly number[]): void {
  const network = networkOf(description);
  const shapes = new Map(network.parameters.map(({ name, shape }) => [name, shape]));
  for (const [samples, training] of [
    [1, false],
    [2, true],
    [3, true],
  ] as const) {
    const x = input('data', [samples, description.inputChannels, ...patchSize]);
    const known = new Map(network.parameters.map(({ name, shape }) => [name, input(name, shape)]));
    const outputs = network.forward(x, {
      parameter: (name) => known.get(name)!,
      ...(training
        ? {
            onBatchStatistics({ norm, bias, mean, variance, count }) {
              const names = [`${norm}.running_mean`, `${norm}.running_var`, ...(bias === undefined ? [] : [bias])];
              const fits = names.every((name) =>
                [mean, variance].every((e) => e.shape.join() === shapes.get(name)?.join()),
              );
              if (!fits || !(count > 1)) throw new RangeError(`the statistics of ${norm} do not fit`);
            },
            mask: (_, shape) => input('mask', shape),
          }
        : {}),
    });
    const fault = faultOfOutputs(outputs, description, { patchSize, samples });
    if (fault !== null) throw new RangeError(fault);
  }
}
