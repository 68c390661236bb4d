import { sizeOf } from '@nnunet/tensor';
import type { NetworkDescription } from './network-description.ts';
import type { OptimizerOptions } from './optimizer.ts';
import { type ParameterShape, type Parameters, trainableShapes } from './parameters.ts';

/** Names of Adam's state other than the first moment, which has the parameter's own name, and of the step count. */
export const adamNames = {
  second: (parameter: string) => `${parameter}/second`,
  greatest: (parameter: string) => `${parameter}/greatest`,
  step: 'step',
} as const;

/**
 * Returns the shapes of the values that an optimiser keeps between steps: a momentum per trained parameter; Adam's
 * moments and step count.
 */
export function momentumShapes(description: NetworkDescription, { kind }: OptimizerOptions): ParameterShape[] {
  const momenta = trainableShapes(description);
  if (kind !== 'adam') return momenta;
  const moments = momenta.flatMap(({ name, shape }) =>
    [name, adamNames.second(name), adamNames.greatest(name)].map((key) => ({ name: key, shape })),
  );
  return [...moments, { name: adamNames.step, shape: [1] }];
}

/** Returns their initial values: zeros. */
export function zeroMomentaOf(description: NetworkDescription, optimizer: OptimizerOptions): Parameters {
  return new Map(
    momentumShapes(description, optimizer).map(({ name, shape }) => [
      name,
      { data: new Float32Array(sizeOf(shape)), shape },
    ]),
  );
}
