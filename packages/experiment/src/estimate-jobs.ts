import { resampledShape } from '@nnunet/resample';
import { sizeOf } from '@nnunet/tensor';
import type { ImageGeometry } from '@nnunet/volume';
import { BYTES, SECONDS, VOXEL_SECONDS } from './estimate-costs.ts';
import type { EstimateFacts } from './estimate-facts.ts';
import { meanVoxels } from './estimate-images.ts';
import { NetworkEstimates } from './estimate-networks.ts';
import { type Job, trainedConfigurations } from './job.ts';
import type { JobEstimate } from './job-estimate.ts';
import type { ExperimentSettings } from './settings.ts';

/**
 * Estimates the time and memory of jobs, by their ids. Jobs of configurations that the plans do not contain are left out.
 * Reads and computes nothing.
 *
 * @throws NnUNetError 'unknown-trainer', 'usage' for settings that a training would refuse
 */
export function estimateJobs(
  jobs: readonly Job[],
  settings: ExperimentSettings,
  facts: EstimateFacts,
): Map<string, JobEstimate> {
  const networks = new NetworkEstimates(settings, facts);
  const data = new DataEstimates(jobs, facts);
  const estimates = new Map<string, JobEstimate>();
  for (const job of jobs) {
    const estimate =
      job.kind === 'train'
        ? networks.training(job)
        : job.kind === 'predict'
          ? networks.prediction(job)
          : data.estimate(job);
    if (estimate !== null) estimates.set(job.id, estimate);
  }
  return estimates;
}

/** Estimates the jobs that work on one case after the other, several at once. */
class DataEstimates {
  readonly #facts: EstimateFacts;
  readonly #compared: number;
  readonly #cases: readonly ImageGeometry[];
  readonly #labels: number;
  readonly #channels: number;

  constructor(jobs: readonly Job[], facts: EstimateFacts) {
    this.#facts = facts;
    this.#cases = facts.planned?.cases ?? [];
    this.#labels = facts.planned?.labels ?? 0;
    this.#channels = facts.planned?.channels ?? 0;
    const chosen = jobs.find(({ kind }) => kind === 'choose')?.configurations;
    this.#compared = chosen?.length ?? trainedConfigurations(jobs).size;
  }

  estimate({ kind }: Job): JobEstimate {
    const cases = this.#cases;
    const { images } = this.#facts;
    const [labels, classes] = [this.#labels, this.#labels + 1];
    const scoring = SECONDS.scoredCase + VOXEL_SECONDS.scored * labels * meanVoxels(cases);
    const merging = SECONDS.scoredCase + VOXEL_SECONDS.merged * classes * meanVoxels(cases);
    switch (kind) {
      case 'prepare':
        return this.#spread(cases, this.#preparation(), BYTES.prepared * this.#channels);
      case 'choose': {
        const pairs = (this.#compared * (this.#compared - 1)) / 2;
        return this.#spread(cases, (this.#compared + pairs) * scoring + pairs * merging, BYTES.merged * classes);
      }
      case 'merge':
        return this.#spread(images, merging, BYTES.merged * classes);
      case 'report':
        return { ...this.#spread([...cases, ...images], SECONDS.reportedCase, BYTES.scored, 1) };
      default:
        return this.#spread(images, scoring, BYTES.scored);
    }
  }

  /** Seconds per case: cropping, and every folder of prepared cases. */
  #preparation(): number {
    let prepared = 0;
    for (const { transposeForward: order, spacing: target } of this.#facts.planned?.grids ?? []) {
      for (const { shape, spacing } of this.#cases) {
        const inOrder = (values: readonly number[]) => order.map((axis) => values[axis]!);
        const own = inOrder(spacing);
        const wanted = target.length < own.length ? [own[0]!, ...target] : target;
        prepared += sizeOf(resampledShape(inOrder(shape), own, wanted));
      }
    }
    const perCase = prepared / Math.max(1, this.#cases.length);
    const voxels = VOXEL_SECONDS.cropped * meanVoxels(this.#cases) + VOXEL_SECONDS.prepared * perCase;
    return SECONDS.preparedCase + this.#channels * voxels;
  }

  /** @param voxelBytes in each thread, for the largest image */
  #spread(
    images: readonly ImageGeometry[],
    secondsPerImage: number,
    voxelBytes: number,
    most = this.#facts.threads,
  ): JobEstimate {
    const threads = Math.max(1, Math.min(most, images.length));
    const largest = images.reduce((most, { shape }) => Math.max(most, sizeOf(shape)), 0);
    return {
      seconds: SECONDS.command + (images.length * secondsPerImage) / threads,
      memory: BYTES.program + threads * (BYTES.thread + voxelBytes * largest),
      threads,
    };
  }
}
