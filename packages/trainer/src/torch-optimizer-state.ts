import type { NetworkDescription, Optimizer } from '@nnunet/network';
import { trainableShapes } from '@nnunet/network/internal';
import type { adam, sgd } from '@nnunet/network/optimizers';
import type { TorchValue } from '@nnunet/torch-checkpoint';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Returns what `state_dict()` of PyTorch's SGD or Adam gives after the same steps; null for an optimiser that PyTorch
 * does not have. A checkpoint without momenta gives an optimiser that has made no step.
 *
 * @param optimizer of the trainer
 */
export function torchOptimizerState(
  { momenta, state, model }: Pick<Checkpoint, 'momenta' | 'state'> & { model: { network: NetworkDescription } },
  optimizer: Optimizer,
): TorchValue {
  const kind = kinds[optimizer.name];
  if (kind === undefined) return null;
  const names = trainableShapes(model.network).map(({ name }) => name);
  const rate = state.log.learningRates.at(-1) ?? state.settings.initialLearningRate;
  return {
    state: new Map(names.flatMap((name, index) => (momenta.has(name) ? [[index, kind.kept(name, momenta)]] : []))),
    param_groups: [{ lr: rate, ...kind.settings(optimizer as never, state.momentum), params: names.map((_, i) => i) }],
  };
}

type Momenta = Checkpoint['momenta'];

interface Kind {
  /** The values that the optimiser keeps for a parameter, by PyTorch's names. */
  kept(name: string, momenta: Momenta): TorchValue;
  settings(optimizer: typeof sgd & typeof adam, momentum: number): Record<string, TorchValue>;
}

const kinds: Readonly<Record<string, Kind>> = {
  sgd: {
    kept: (name, momenta) => ({ momentum_buffer: momenta.get(name)! }),
    settings: ({ weightDecay }, momentum) => ({ momentum, dampening: 0, weight_decay: weightDecay, nesterov: true }),
  },
  adam: {
    kept: (name, momenta) => ({
      step: { data: momenta.get('step')!.data, shape: [] },
      exp_avg: momenta.get(name)!,
      exp_avg_sq: momenta.get(`${name}/second`)!,
      max_exp_avg_sq: momenta.get(`${name}/greatest`)!,
    }),
    settings: ({ weightDecay, secondMomentum }, momentum) => ({
      betas: Object.freeze([momentum, secondMomentum]),
      eps: 1e-8,
      weight_decay: weightDecay,
      amsgrad: true,
    }),
  },
};
