import { usageError } from '@nnunet/errors';
import type { BrowserImage } from '@nnunet/inference';
import { fileSource, imageSource, requireBrowser, TAB_BYTES, WorkerCalls } from '@nnunet/inference/internal';
import type { EpochReport } from './finished-epoch.ts';
import type { TrainingProgress } from './training-ports.ts';
import { secondsOfTuning, type TunedModel, type TuningSettings, tuningSettings } from './tuning.ts';
import type {
  CaseSource,
  PrepareRequest,
  PreparingProgress,
  TrainRequest,
  TuningFacts,
  TuningProgress,
  TuningRequest,
} from './tuning-protocol.ts';

/** An image with its labels, on the same voxel grid. */
export interface TuningCase {
  /** Name for error messages. Default: its number. */
  id?: string;
  /** One per channel, in the order used in training, or the only one. */
  images: BrowserImage | readonly BrowserImage[];
  labels: BrowserImage;
}

export interface FineTuningOptions {
  /**
   * Address of the folder with the files of the npm package onnxruntime-web (its `dist`), on the page's own origin.
   * Default: `onnxruntime-web/`, beside the page.
   */
  runtime?: string | URL;
  /** Address of this package's `dist/browser/tuning-worker.js`. Default: where it is installed. */
  worker?: string | URL;
  /** Default: one per processor; one if the page is not isolated from other origins. */
  threads?: number;
  /** Limit of the tab's memory in bytes. Default: 4 GiB. */
  maxMemory?: number;
  /** Samples of a step. Default: as planned, but at most 8, or 2 in 3D, and no more than fit into memory. */
  batchSize?: number;
  signal?: AbortSignal;
  onProgress?: (progress: PreparingProgress) => void;
}

export interface TuneOptions extends Partial<TuningSettings> {
  /** Stops after the current step; what was learnt is returned. */
  signal?: AbortSignal;
  /** Called after each step. */
  onProgress?: (progress: TrainingProgress) => void;
  /** Called after each epoch, with the Dice of patches of the same cases as they are. */
  onEpoch?: (report: EpochReport) => void;
}

/** A model in a browser that is ready to be trained further. It lives in a worker of its own; dispose of it after use. */
export interface FineTuning {
  readonly batchSize: number;
  /** Measured on this machine. */
  readonly secondsPerStep: number;
  /** What computes the steps, for the user. */
  readonly compute: string;
  /** Returns the seconds that a training will take. @throws NnUNetError 'usage' */
  seconds(settings?: Partial<TuningSettings>): number;
  /**
   * Trains, always from the model as it was given. Default: 10 epochs of 10 steps, with a learning rate that falls from
   * 0.001.
   *
   * @throws NnUNetError 'diverged' if a loss is not finite; 'usage', 'thread-ended'
   */
  train(options?: TuneOptions): Promise<TunedModel>;
  /** Ends the worker, which frees its memory. A training in progress fails. */
  dispose(): void;
}

/**
 * Prepares a trained model in a browser for being trained further on a few labelled cases, and times a step of it.
 * Everything happens in a worker, and nothing leaves the machine.
 *
 * @param model address of a model of this program or of nnU-Net v1 or v2, a file that the user chose, or bytes, as
 * `loadModel` of `@nnunet/inference` takes them; of several folds, the first
 * @throws NnUNetError 'usage' in Node or without cases; 'memory-limit' before any voxel is read if the cases or a step
 * cannot fit; 'no-foreground', 'bad-case', 'other-grid', 'bad-labels', 'undeclared-labels', 'bad-nifti' and the errors
 * of reading a model; 'unsupported-network', 'unknown-trainer', 'bad-weights', 'thread-ended'; the signal's reason when
 * aborted
 */
export async function prepareFineTuning(
  model: string | URL | Blob | Uint8Array,
  cases: readonly TuningCase[],
  options: FineTuningOptions = {},
): Promise<FineTuning> {
  requireBrowser('In Node, use `train` of @nnunet/trainer/node with `pretrainedWeights`.');
  if (cases.length === 0) {
    throw usageError({ what: 'there are no cases to train on', remedy: 'Give at least one image with its labels.' });
  }
  const { runtime = 'onnxruntime-web/', maxMemory = TAB_BYTES, threads, batchSize, signal, onProgress } = options;
  signal?.throwIfAborted();
  const { worker = new URL('./browser/tuning-worker.js', import.meta.url) } = options;
  const request: PrepareRequest = {
    kind: 'prepare',
    ...fileSource(model),
    cases: cases.map(caseSource),
    runtime: new URL(runtime, document.baseURI).href,
    ...{ threads, maxMemory, batchSize },
  };
  const calls = new WorkerCalls<TuningRequest, TuningProgress>(new URL(worker, document.baseURI));
  const told = (progress: TuningProgress) => {
    if (progress.kind === 'preparing') onProgress?.(progress.progress);
  };
  const facts = (await calls.askFirst(request, { signal, onProgress: told })) as TuningFacts;
  return {
    ...facts,
    seconds: (settings) => secondsOfTuning(tuningSettings(settings), facts.secondsPerStep),
    train: (more) => train(calls, more),
    dispose: () => calls.end(),
  };
}

async function train(
  calls: WorkerCalls<TuningRequest, TuningProgress>,
  { signal, onProgress, onEpoch, ...settings }: TuneOptions = {},
): Promise<TunedModel> {
  const request: TrainRequest = { kind: 'train', settings };
  const told = (told: TuningProgress) => {
    if (told.kind === 'training') onProgress?.(told.progress);
    if (told.kind === 'epoch') onEpoch?.(told.report);
  };
  return (await calls.ask(request, { signal, onProgress: told, endsWithResult: true })) as TunedModel;
}

function caseSource({ images, labels, id }: TuningCase, number: number): CaseSource {
  const name = id ?? `case ${number + 1}`;
  return {
    id: name,
    images: ([images].flat() as BrowserImage[]).map((image, c) => imageSource(image, `image ${c} of ${name}`)),
    labels: imageSource(labels, `the labels of ${name}`),
  };
}
