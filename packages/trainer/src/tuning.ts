import { arraySource, type PatchSource, sampleBatch, validationBatch } from '@nnunet/augment';
import type { WeightMap } from '@nnunet/inference';
import type { StoredNetworks } from '@nnunet/inference/internal';
import { type Runtime, StepSession } from '@nnunet/network/internal';
import type { EpochReport } from './finished-epoch.ts';
import { engineOf, type StepStart, sessionOptions } from './session-options.ts';
import { TrainingClock } from './training-clock.ts';
import type { TrainingLog } from './training-log.ts';
import type { BatchSource, TrainingEngine, TrainingProgress } from './training-ports.ts';
import { TrainingRun } from './training-run.ts';
import { defaultSettings, resolveSettings, type TrainingSettings } from './training-settings.ts';
import { startingState } from './training-state.ts';
import { type LabelledCase, requireForeground } from './tuning-cases.ts';
import { type TunedState, type TuningRules, tuningRules } from './tuning-rules.ts';

/** How long and how fast a model is fine-tuned. */
export type TuningSettings = Pick<
  TrainingSettings,
  'epochs' | 'iterationsPerEpoch' | 'validationIterationsPerEpoch' | 'initialLearningRate' | 'seed' | 'timeBudget'
>;

/** A fine-tuned model. */
export interface TunedModel {
  /** 'stopped': what was learnt until then is in `model`. */
  result: 'finished' | 'stopped';
  /**
   * A checkpoint (`.safetensors`) for prediction, or of a model of nnU-Net v2 an archive (`.zip`): network, plans and
   * labels are those of the original.
   */
  model: Uint8Array;
  log: TrainingLog;
}

/** Samples of a batch at most by the dimension of patches, unless told otherwise: plans are made for GPUs. */
const MOST_SAMPLES: Readonly<Record<number, number>> = { 2: 8, 3: 2 };

/**
 * A hundred steps, at a tenth of a training's learning rate: what the network has learnt is to be changed, not replaced.
 */
const defaults = {
  ...defaultSettings,
  epochs: 10,
  iterationsPerEpoch: 10,
  validationIterationsPerEpoch: 2,
  initialLearningRate: 0.001,
};

/** Fills in missing settings. @throws NnUNetError 'usage' for one that is unknown or not a valid number */
export function tuningSettings(given: Partial<TuningSettings> = {}): TrainingSettings {
  const { validationIterationsPerEpoch = defaults.validationIterationsPerEpoch } = given;
  return resolveSettings({ ...given, validationIterationsPerEpoch }, defaults);
}

/** Seconds of fine-tuning at so many a step. */
export function secondsOfTuning(settings: TrainingSettings, secondsPerStep: number): number {
  const clock = new TrainingClock(settings, () => 0, 0);
  clock.add('training', secondsPerStep);
  return clock.secondsLeft({ epoch: 0, training: 0, validation: 0 });
}

export interface TuningOptions {
  runtime: Runtime;
  /** Threads of the runtime. */
  threads: number;
  /** Default: as planned, but at most 8, or 2 in 3D. */
  batchSize?: number | undefined;
  /** File of the model, for error messages. */
  where: string;
}

/** The rules and the batch size with which a model is fine-tuned. @throws the errors of {@link tuningRules} */
export function planTuning(
  stored: Pick<StoredNetworks, 'rules'>,
  { where, batchSize }: Pick<TuningOptions, 'where' | 'batchSize'>,
) {
  const rules = tuningRules(stored, where);
  const most = MOST_SAMPLES[rules.trainer.network().dimension]!;
  return { rules, batchSize: batchSize ?? Math.min(most, rules.trainer.plannedBatchSize) };
}

/**
 * Trains a model further on labelled cases in memory, with its own trainer: the same loader, transforms, loss and
 * optimiser as in a training of this program, with standard operators, in either runtime. The model starts anew with
 * each training. Its first fold is used.
 */
export class Tuning {
  readonly batchSize: number;
  /** Measured when it was prepared; with the making of the batch. */
  secondsPerStep = 0;
  readonly #rules: TuningRules;
  readonly #weights: WeightMap;
  readonly #source: PatchSource;
  readonly #options: TuningOptions;

  private constructor(
    { rules, batchSize }: ReturnType<typeof planTuning>,
    { weights, source, options }: { weights: WeightMap; source: PatchSource; options: TuningOptions },
  ) {
    this.batchSize = batchSize;
    this.#rules = rules;
    this.#weights = weights;
    this.#source = source;
    this.#options = options;
  }

  /**
   * Prepares the cases, and times a step.
   *
   * @param cases read one after another
   * @throws NnUNetError the errors of {@link tuningRules} and of preparing a case; 'no-foreground',
   * 'memory-limit'
   */
  static async prepare(
    stored: StoredNetworks,
    cases: Iterable<LabelledCase> | AsyncIterable<LabelledCase>,
    options: TuningOptions,
  ): Promise<Tuning> {
    const plan = planTuning(stored, options);
    const prepared = [];
    for await (const labelled of cases) prepared.push(plan.rules.prepare(labelled));
    requireForeground(prepared);
    const [weights] = stored.members as [WeightMap];
    const tuning = new Tuning(plan, { weights, source: arraySource(prepared), options });
    await tuning.#time();
    return tuning;
  }

  /**
   * Trains.
   *
   * @throws NnUNetError 'diverged' if a loss is not finite; 'usage' for invalid settings
   */
  async train(
    given: Partial<TuningSettings> = {},
    options: {
      /** Stops after the current step. */
      signal?: AbortSignal | undefined;
      onProgress?: ((progress: TrainingProgress) => void) | undefined;
      onEpoch?: ((report: EpochReport) => void) | undefined;
    } = {},
  ): Promise<TunedModel> {
    const settings = { ...tuningSettings(given), batchSize: this.batchSize };
    const { trainer } = this.#rules;
    const { momentum } = trainer.optimizer();
    let model: Uint8Array | undefined;
    const epochs: { report: EpochReport; end: number }[] = [];
    const state = startingState(settings, momentum);
    const run = new TrainingRun(
      state,
      { ...trainer.rules(), rescue: null },
      {
        ...options,
        onEpoch: (report) => {
          epochs.push({ report, end: Date.now() / 1000 });
          options.onEpoch?.(report);
        },
        engine: await this.#start({ seed: settings.seed, weights: this.#weights }),
        batches: this.#batches(settings.seed),
        save: async (_kind, state, weights) => {
          model = this.#rules.encode({ cases: this.#source.caseIds, state, weights, epochs } satisfies TunedState);
        },
        restart: (weights, momenta, { momentum, share }) =>
          this.#start({ seed: settings.seed, weights, momenta, momentum, share }),
        log: async () => undefined,
        now,
      },
    );
    const result = await run.run();
    return { result: result === 'finished' ? 'finished' : 'stopped', model: model!, log: state.log };
  }

  #batches(seed: number): BatchSource {
    const source = this.#source;
    const recipe = this.#rules.recipe(this.batchSize, source.caseIds);
    return {
      training: (epoch, iteration) => sampleBatch(source, recipe, { seed, epoch, iteration }),
      validation: (epoch, iteration) => validationBatch(source, recipe, { seed, epoch, iteration }),
    };
  }

  /** Times the second of two steps: the first also makes the runtime's memory. */
  async #time(): Promise<void> {
    const { seed } = tuningSettings();
    const batches = this.#batches(seed);
    const engine = await this.#start({ seed, weights: this.#weights });
    try {
      for (let iteration = 0; iteration < 2; iteration++) {
        const start = now();
        await engine.step(await batches.training(0, iteration), 0);
        this.secondsPerStep = now() - start;
      }
    } finally {
      await engine.dispose();
    }
  }

  async #start(step: Omit<StepStart, 'trainer' | 'batchSize'>): Promise<TrainingEngine> {
    const { runtime, threads } = this.#options;
    const options = sessionOptions({ trainer: this.#rules.trainer, batchSize: this.batchSize, ...step });
    return engineOf(await StepSession.load(runtime, { ...options, threads, lowering: 'plain' }));
  }
}

const now = () => performance.now() / 1000;
