import type { NetworkDescription, Optimizer } from '@nnunet/network';
import { momentumName, trainableShapes } from '@nnunet/network/internal';
import type { adam, sgd } from '@nnunet/network/optimizers';
import type { TorchValue } from '@nnunet/torch-checkpoint';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Returns what `state_dict()` of PyTorch's SGD, Adam or AdamW gives after the same steps; null for an optimiser that
 * PyTorch does not have. A checkpoint without momenta gives an optimiser that has made no step.
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
  const ofParameter = (name: string): TorchValue => ({
    ...(kind.counts && { step: { data: momenta.get('step')!.data, shape: [] } }),
    ...Object.fromEntries(
      Object.entries(kind.kept).map(([key, kept]) => [key, momenta.get(momentumName(name, kept))!]),
    ),
  });
  return {
    state: new Map(names.flatMap((name, index) => (momenta.has(name) ? [[index, ofParameter(name)]] : []))),
    param_groups: [{ lr: rate, ...kind.settings(optimizer as never, state.momentum), params: names.map((_, i) => i) }],
  };
}

/**
 * Names of the values that an optimiser keeps for a parameter by those of PyTorch, and whether it counts the steps, as
 * `step`; null for an optimiser that PyTorch does not have.
 */
export function torchNamesOfKept({ name }: Optimizer): Pick<Kind, 'kept' | 'counts'> | null {
  return kinds[name] ?? null;
}

interface Kind {
  /** The values that the optimiser keeps for a parameter, by PyTorch's names. */
  kept: Readonly<Record<string, string>>;
  /** Whether it counts its steps. */
  counts: boolean;
  settings(optimizer: typeof sgd & typeof adam, momentum: number): Record<string, TorchValue>;
}

const moments = { exp_avg: 'momentum', exp_avg_sq: 'second' };

function adamSettings(amsgrad: boolean): Kind['settings'] {
  return ({ weightDecay, secondMomentum, decoupled }, momentum) => ({
    betas: Object.freeze([momentum, secondMomentum]),
    eps: 1e-8,
    weight_decay: weightDecay,
    amsgrad,
    decoupled_weight_decay: decoupled,
  });
}

const kinds: Readonly<Record<string, Kind>> = {
  sgd: {
    kept: { momentum_buffer: 'momentum' },
    counts: false,
    settings: ({ weightDecay }, momentum) => ({ momentum, dampening: 0, weight_decay: weightDecay, nesterov: true }),
  },
  adam: { kept: { ...moments, max_exp_avg_sq: 'greatest' }, counts: true, settings: adamSettings(true) },
  'plain adam': { kept: moments, counts: true, settings: adamSettings(false) },
};
