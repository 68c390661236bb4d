import type { Batch } from '@nnunet/augment';
import type { Loss } from '@nnunet/network';
import type { EpochReport } from '../src/finished-epoch.ts';
import { stepOptimizer } from '../src/step-optimizer.ts';
import type { Trainer } from '../src/trainer.ts';
import type { StepSettings, TrainingEngine } from '../src/training-ports.ts';
import { TrainingRun } from '../src/training-run.ts';
import { startingState } from '../src/training-state.ts';
import type { Json } from './v1-table.ts';

/** What a network would give in each epoch; of a class: its voxels that are found, found wrongly and missed. */
interface Scenario {
  trainLoss(epoch: number): number;
  validationLoss(epoch: number): number;
  counts(epoch: number, label: number): [tp: number, fp: number, fn: number];
}

/** Those that v1's trainings were run with (`_about` of the table). */
export const scenarios: Readonly<Record<string, Scenario>> = {
  learning: {
    trainLoss: (e) => 1 / (1 + e / 50) - 0.9 + (0.05 * ((7 * e) % 5)) / 5,
    validationLoss: (e) => 1 / (1 + e / 50) - 0.8,
    counts: (e, c) => [Math.floor((1000 * e) / (e + 100 * c)) + 5 * (e % 7), 100, 200 * c],
  },
  stuck: { trainLoss: () => 1, validationLoss: () => 1, counts: () => [0, 100, 100] },
  plateau: {
    trainLoss: (e) => (e < 40 ? 1 - e / 50 : 0.2),
    validationLoss: () => 0.5,
    counts: (e) => [1500 - e, 500, 500],
  },
};

interface RunRecord {
  /** Of each epoch. */
  rates: number[];
  momenta: number[];
  losses: Loss[];
  reports: (EpochReport & { trainLossAverage: number; best: number | null })[];
  /** Epochs at whose end a checkpoint was written. */
  checkpoints: Record<'latest' | 'best' | 'final', number[]>;
  rescues: { at_the_end_of_epoch: number; momentum_then: number }[];
}

/** A whole training of a trainer, with the numbers of a scenario in place of a network's. */
export async function runTraining(trainer: Trainer, scenario: Scenario): Promise<RunRecord> {
  // Steps of an epoch are alike: one stands for all.
  const short = { iterationsPerEpoch: 1, validationIterationsPerEpoch: 1, checkpointMinutes: 1e9 };
  const state = startingState({ ...trainer.settings(), ...short }, trainer.optimizer().momentum);
  const rules = trainer.rules();
  const labels = Array.from({ length: rules.classes }, (_, c) => c + 1);
  const record: RunRecord = {
    rates: [],
    momenta: [],
    losses: [],
    reports: [],
    checkpoints: { latest: [], best: [], final: [] },
    rescues: [],
  };
  const engineFor = (step: Pick<StepSettings, 'momentum' | 'share'>): TrainingEngine => {
    const momentum = stepOptimizer(trainer, step).momentum!;
    const loss = trainer.loss(step.share);
    return {
      async step(_batch, rate) {
        record.rates.push(rate);
        record.momenta.push(momentum);
        record.losses.push(loss);
        return { loss: scenario.trainLoss(state.epoch), gradientNorm: 1 };
      },
      async evaluate() {
        const counts = labels.map((label) => scenario.counts(state.epoch, label));
        const [truePositives, falsePositives, falseNegatives] = [0, 1, 2].map((i) => counts.map((of) => of[i]!));
        return { loss: scenario.validationLoss(state.epoch), truePositives, falsePositives, falseNegatives } as never;
      },
      snapshot: async () => ({ weights: new Map(), momenta: new Map() }),
      dispose: async () => {},
    };
  };
  const batch = async (): Promise<Batch> => ({ data: new Float32Array(0), shape: [], targets: [], keys: [] });
  await new TrainingRun(state, rules, {
    engine: engineFor({ momentum: state.momentum, share: 0 }),
    batches: { training: batch, validation: batch },
    async save(kind) {
      record.checkpoints[kind].push(state.epoch - 1);
    },
    async restart(_weights, _momenta, step) {
      const momentum = stepOptimizer(trainer, step).momentum!;
      if (step.redraw) record.rescues.push({ at_the_end_of_epoch: state.epoch, momentum_then: momentum });
      return engineFor(step);
    },
    log: async () => {},
    onEpoch: (report) => {
      record.reports.push({ ...report, trainLossAverage: state.trainLossAverage!, best: state.best });
    },
    now: () => 0,
  }).run();
  return record;
}

const files = {
  latest: 'model_latest.model',
  best: 'model_best.model',
  final: 'model_final_checkpoint.model',
} as const;

/** A run in the words of v1's: of epochs those that v1's has values of. */
export function describeRun(record: RunRecord, trainer: Trainer, v1: Json): Json {
  const { rates, momenta, reports, checkpoints, rescues } = record;
  const { iterationsPerEpoch, validationIterationsPerEpoch } = trainer.settings();
  const adam = trainer.optimizer().name === 'adam';
  const at = (key: string, values: readonly unknown[]) => like(v1[key], values);
  const written = Object.entries(checkpoints).filter(([, epochs]) => epochs.length > 0);
  return {
    epochs: reports.length,
    train_iterations_per_epoch: [iterationsPerEpoch],
    validation_iterations_per_epoch: [validationIterationsPerEpoch],
    checkpoints_at_the_end_of_epochs: Object.fromEntries(
      written.map(([kind, epochs]) => [files[kind as keyof typeof files], ranges(epochs)]),
    ),
    rescue: rescues.map((rescue) => ({ ...rescue, ...(adam ? { momentum_then: null } : {}) })),
    learning_rate: at('learning_rate', rates),
    momentum: adam ? null : at('momentum', momenta),
    train_loss_MA: at(
      'train_loss_MA',
      reports.map((r) => r.trainLossAverage),
    ),
    metric: at(
      'metric',
      reports.map((r) => r.metric),
    ),
    criterion_MA: at(
      'criterion_MA',
      reports.map((r) => r.criterion),
    ),
    best_criterion_MA: at(
      'best_criterion_MA',
      reports.map((r) => r.best),
    ),
  };
}

/** Values of epochs in the form of v1's: of some epochs by number, where each begins, or one that holds always. */
function like(v1: unknown, values: readonly unknown[]): unknown {
  if (Array.isArray(v1)) return values.flatMap((value, e) => (value === values[e - 1] ? [] : [[e, value]]));
  if (typeof v1 === 'object' && v1 !== null) {
    return Object.fromEntries(Object.keys(v1).map((epoch) => [epoch, values[Number(epoch)]]));
  }
  const different = [...new Set(values)];
  return different.length === 1 ? different[0] : different;
}

/** `0-2, 5` */
function ranges(epochs: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const epoch of epochs) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === epoch - 1) last[1] = epoch;
    else runs.push([epoch, epoch]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}
