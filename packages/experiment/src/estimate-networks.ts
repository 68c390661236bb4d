import type { PresetName } from '@nnunet/inference';
import { tilingOfPreset } from '@nnunet/inference/internal';
import { forecastPrediction, type PredictionForecast, type TilingOptions } from '@nnunet/inference/node/internal';
import type { Fold } from '@nnunet/schema';
import { sizeOf } from '@nnunet/tensor';
import { resolveSettings } from '@nnunet/trainer';
import { trainingMemory } from '@nnunet/trainer/node/internal';
import type { ImageGeometry } from '@nnunet/volume';
import { askedSettings } from './asked-settings.ts';
import { BYTES, SECONDS, VOXEL_SECONDS } from './estimate-costs.ts';
import type { EstimateFacts } from './estimate-facts.ts';
import { meanVoxels } from './estimate-images.ts';
import { speedFor } from './estimate-speed.ts';
import type { ConfigurationWork } from './estimate-work.ts';
import type { Job } from './job.ts';
import type { JobEstimate } from './job-estimate.ts';
import type { ExperimentSettings } from './settings.ts';
import { optionValue } from './typed-arguments.ts';

/** How images are predicted. */
interface Prediction {
  folds: number;
  probabilities: boolean;
  /** As they are typed. */
  options: readonly string[];
}

/** Estimates the jobs that compute networks: trainings with their validation, and predictions. */
export class NetworkEstimates {
  readonly #settings: ExperimentSettings;
  readonly #facts: EstimateFacts;
  readonly #works = new Map<string, ConfigurationWork | null>();
  readonly #forecasts = new Map<string, PredictionForecast>();
  readonly #cases: readonly ImageGeometry[];
  /** Of all cases, by configuration. */
  readonly #validations = new Map<string, { seconds: number; memory: number }>();

  constructor(settings: ExperimentSettings, facts: EstimateFacts) {
    this.#settings = settings;
    this.#facts = facts;
    this.#cases = facts.planned?.cases ?? [];
  }

  /** @returns null if the plans do not contain the configuration */
  training({ configuration, fold, probabilities = false }: Job): JobEstimate | null {
    const work = this.#workOf(configuration!);
    if (work === null) return null;
    const { train: options = [] } = this.#settings.arguments;
    const { trainer } = work;
    const settings = resolveSettings(askedSettings(options), trainer.settings());
    const batchSize = settings.batchSize ?? trainer.plannedBatchSize;
    const speed = this.#speedOf(configuration!);
    const epoch = SECONDS.epoch + speed * work.epoch({ ...settings, batchSize });
    const validation = this.#validation(work, fold!, { folds: 1, probabilities, options: [] });
    const seconds = SECONDS.command + SECONDS.training + settings.epochs * epoch + validation.seconds;
    const limit = settings.timeBudget === null ? Number.POSITIVE_INFINITY : 60 * settings.timeBudget;
    return {
      seconds: knownSeconds(Number.isNaN(seconds) ? limit : Math.min(seconds, limit)),
      memory: Math.max(trainingMemory(trainer, batchSize), validation.memory),
      threads: numberOf(optionValue(options, ['--threads'])) ?? this.#facts.threads,
    };
  }

  /** @returns null if the plans do not contain the configuration */
  prediction({ configuration, part = 0, folds = [], onlyFor, members }: Job): JobEstimate | null {
    const work = this.#workOf(configuration!);
    if (work === null) return null;
    const { prediction, arguments: typed } = this.#settings;
    const parts = prediction?.parts ?? 1;
    const images = this.#facts.images.filter((_, i) => i % parts === part);
    const probabilities = onlyFor !== undefined && members === undefined;
    const how = { folds: folds.length, probabilities, options: typed.predict ?? [] };
    const { seconds, memory } = this.#predicted(work, images, how);
    return {
      seconds: knownSeconds(SECONDS.command + SECONDS.prediction + folds.length * SECONDS.network + seconds),
      memory,
      threads: this.#facts.threads,
    };
  }

  /** The validation cases of a fold: all that it takes, and bytes. */
  #validation(work: ConfigurationWork, fold: Fold, how: Prediction): { seconds: number; memory: number } {
    const { train = [] } = this.#settings.arguments;
    if (train.includes('--disable_validation_inference')) return { seconds: 0, memory: 0 };
    const key = `${work.configuration} ${how.probabilities}`;
    const { length } = this.#cases;
    // Folds differ in the number of their cases; which cases these are, the estimate leaves aside.
    const all = this.#validations.get(key) ?? this.#predicted(work, this.#cases, how);
    this.#validations.set(key, all);
    const count = fold === 'all' ? length : (this.#facts.validationCases[fold] ?? 0);
    const labels = this.#facts.planned?.labels ?? 0;
    const scoring = SECONDS.scoredCase + VOXEL_SECONDS.scored * labels * meanVoxels(this.#cases);
    return { seconds: count * (all.seconds / Math.max(1, length) + scoring), memory: all.memory };
  }

  /** What predicting images takes: all together, NaN if the speed is unknown; and bytes of the process, at most. */
  #predicted(
    work: ConfigurationWork,
    images: readonly ImageGeometry[],
    { folds, probabilities: saveProbabilities, options }: Prediction,
  ): { seconds: number; memory: number } {
    const { rules, configuration } = work;
    const { mirrorAxes, network } = rules.description;
    const tile = this.#speedOf(configuration) * work.tile;
    const tiling = tilingOf(options, mirrorAxes);
    const saved = saveProbabilities ? VOXEL_SECONDS.saved * network.classes : 0;
    let [seconds, largest] = [0, 0];
    for (const image of images) {
      const { shape, spacing } = image;
      const key = [configuration, folds, saveProbabilities, ...shape, ...spacing].join();
      const forecast =
        this.#forecasts.get(key) ?? forecastPrediction(rules, image, { folds, saveProbabilities, ...tiling });
      this.#forecasts.set(key, forecast);
      seconds += forecast.evaluations * tile + forecast.secondsBeside + saved * sizeOf(shape);
      largest = Math.max(largest, forecast.memory);
    }
    const { parameters, largest: passing } = work.network;
    const networks = folds * (BYTES.weight * parameters + BYTES.passing * passing);
    return { seconds, memory: BYTES.program + BYTES.runtime + networks + largest };
  }

  #workOf(configuration: string): ConfigurationWork | null {
    const known = this.#works.get(configuration);
    if (known !== undefined) return known;
    const work = this.#facts.planned?.configuration(configuration, this.#settings) ?? null;
    this.#works.set(configuration, work);
    return work;
  }

  /** Seconds per multiplication; NaN if they are not known. */
  #speedOf(configuration: string): number {
    return speedFor(this.#facts.speed, configuration) ?? Number.NaN;
  }
}

/** The tiling that nnUNet_predict is asked for. */
function tilingOf(
  options: readonly string[],
  allowed: readonly number[],
): Pick<TilingOptions, 'mirrorAxes' | 'stepSize'> {
  const preset = (optionValue(options, ['--preset']) ?? 'exact') as PresetName;
  const stepSize = numberOf(optionValue(options, ['--step_size', '-step_size']));
  const mirrorAxes = options.includes('--disable_tta') ? [] : undefined;
  return tilingOfPreset(preset, allowed, { stepSize, mirrorAxes });
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function knownSeconds(seconds: number): number | null {
  return Number.isFinite(seconds) ? seconds : null;
}
