import { usageError } from '@nnunet/errors';
import type { Tensor } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { PredictionMode } from './case-prediction.ts';
import type { NamedLabels } from './model-rules.ts';
import { type BrowserImage, fileSource, imageSource } from './page-files.ts';
import type {
  EstimateRequest,
  ImageSource,
  LoadRequest,
  PredictRequest,
  TabDevice,
  TabEstimate,
  TabModelFacts,
  TabProgress,
  TabRequest,
  TabResult,
} from './tab-protocol.ts';
import { requireBrowser, TAB_BYTES, WorkerCalls } from './worker-calls.ts';

export interface LoadModelOptions {
  /**
   * Address of the folder with the files of the npm package onnxruntime-web (its `dist`), on the page's own origin.
   * Default: `onnxruntime-web/`, beside the page.
   */
  runtime?: string | URL;
  /** Address of this package's `dist/browser/predict-worker.js`. Default: where it is installed. */
  worker?: string | URL;
  /** Default: 'auto', WebGPU where it computes the same as WebAssembly in less time. */
  device?: TabDevice;
  /** For WebAssembly. Default: one per processor; one if the page is not isolated from other origins. */
  threads?: number;
  /** Limit of the tab's memory in bytes. Default: 4 GiB. */
  maxMemory?: number;
  signal?: AbortSignal;
  onProgress?: (progress: TabProgress) => void;
}

export interface BrowserPredictOptions {
  /** Name of the case for error messages. Default: 'case'. */
  id?: string;
  /** Default: 'normal'. */
  mode?: PredictionMode;
  /** Also return the probabilities, which takes more memory. Default: false. */
  probabilities?: boolean;
  /** Apply the postprocessing that the model prescribes. Default: true. */
  postprocess?: boolean;
  /** The previous stage's labels of this image; required for a cascade's second stage. */
  previousSegmentation?: BrowserImage;
  /** Axes of the patch to mirror along, among those that the model allows. Default: all of them. */
  mirrorAxes?: readonly number[];
  /** Distance between tiles as a fraction of the patch. Default: 0.5. */
  stepSize?: number;
  /** Whether to evaluate tiles that only contain background. Default: 'all'. */
  tiles?: 'all' | 'body';
  signal?: AbortSignal;
  onProgress?: (progress: TabProgress) => void;
  /** Called about images that lie slightly apart, or have voxels that are not finite. */
  onNotice?: (text: string) => void;
}

/** Those options of a prediction that change what it takes. */
export type EstimateOptions = Pick<
  BrowserPredictOptions,
  'id' | 'mode' | 'probabilities' | 'mirrorAxes' | 'stepSize' | 'signal'
>;

/** The prediction for a case. */
export interface BrowserPrediction {
  /** Returns the labels in the original image, (z, y, x), with its geometry. */
  labels(): Volume<Uint8Array | Uint16Array>;
  /**
   * Returns the probabilities at the image's own spacing, (classes, z, y, x): of the cropped image for v1, of the whole
   * image for v2.
   *
   * @throws NnUNetError 'usage' if they were not asked for
   */
  softmax(): Tensor<Float32Array>;
}

/** A trained model in a browser. It lives in a worker of its own; dispose of it after use. */
export interface BrowserModel {
  /** Of nnU-Net: whose rules it follows. */
  readonly version: 1 | 2;
  /** Number of folds whose results are averaged. */
  readonly folds: number;
  /** Images per case. */
  readonly channels: number;
  /** Names of the images of a case, in order. */
  readonly channelNames: readonly string[];
  /** Names of the labels by value; empty if the model does not know them. */
  readonly labelNames: NamedLabels;
  /** Whether `previousSegmentation` is required. */
  readonly needsPreviousStage: boolean;
  /** Supported values of `mode`. */
  readonly modes: readonly PredictionMode[];
  /** Axes of the patch that it may be mirrored along. */
  readonly mirrorAxes: readonly number[];
  /** What computes its networks and why, for the user. */
  readonly compute: string;
  /**
   * Estimates what predicting a case takes: memory by the header of its first image, time by a trial of the networks.
   *
   * @throws NnUNetError 'memory-limit' if the case cannot fit; 'bad-nifti', 'missing-file', 'usage', 'thread-ended'; the
   * signal's reason when aborted
   */
  estimate(images: BrowserImage | readonly BrowserImage[], options?: EstimateOptions): Promise<TabEstimate>;
  /**
   * Segments a case: preprocessing, tiled prediction, and the transformation back to the original image.
   *
   * @param images one per channel, in the order used in training, or the only one
   * @throws NnUNetError 'memory-limit' before any voxel is read if the case cannot fit; 'bad-nifti', 'bad-case',
   * 'other-grid', 'missing-previous-stage', 'bad-previous-stage', 'usage', 'thread-ended'; the signal's reason when
   * aborted
   */
  predict(images: BrowserImage | readonly BrowserImage[], options?: BrowserPredictOptions): Promise<BrowserPrediction>;
  /** Ends the worker, which frees the memory of its networks. Predictions in progress fail. */
  dispose(): void;
}

/**
 * Loads a trained model in a browser: a checkpoint of this program (`.safetensors`), or an archive of one model of this
 * program, of nnU-Net v1 or of v2, with all its folds. Everything happens in a worker; no request is made but to the
 * model's address, the worker's and the runtime's.
 *
 * @param source address of the model (of any server that allows it), a file that the user chose, or bytes
 * @throws NnUNetError 'usage' in Node; 'missing-file' if something cannot be loaded; 'bad-archive' for an archive without
 * a model or with several; 'bad-zip', 'bad-safetensors', 'bad-checkpoint', 'bad-plans', 'bad-weights' and the other
 * errors of loading a model from a folder; 'missing-device', 'memory-limit', 'thread-ended'; the
 * signal's reason when aborted
 */
export async function loadModel(
  source: string | URL | Blob | Uint8Array,
  options: LoadModelOptions = {},
): Promise<BrowserModel> {
  requireBrowser('In Node, use the loadModel of @nnunet/inference/node.');
  const { runtime = 'onnxruntime-web/', device = 'auto', threads, maxMemory = TAB_BYTES, signal, onProgress } = options;
  signal?.throwIfAborted();
  const { worker = new URL('./browser/predict-worker.js', import.meta.url) } = options;
  const request: LoadRequest = {
    kind: 'load',
    ...fileSource(source),
    runtime: new URL(runtime, document.baseURI).href,
    ...{ device, threads, maxMemory },
  };
  const calls = new WorkerCalls<TabRequest, TabProgress>(new URL(worker, document.baseURI));
  const facts = (await calls.askFirst(request, { signal, onProgress })) as TabModelFacts;
  return {
    ...facts,
    estimate: (images, more) => estimate(calls, images, more),
    predict: (images, more) => predict(calls, images, more),
    dispose: () => calls.end(),
  };
}

function estimate(
  calls: WorkerCalls<TabRequest, TabProgress>,
  images: BrowserImage | readonly BrowserImage[],
  { signal, id = 'case', mode = 'normal', probabilities = false, mirrorAxes, stepSize }: EstimateOptions = {},
): Promise<TabEstimate> {
  const request: EstimateRequest = {
    kind: 'estimate',
    images: sourcesOf(images, id),
    ...{ id, mode, probabilities, mirrorAxes, stepSize },
  };
  return calls.ask(request, { signal }) as Promise<TabEstimate>;
}

async function predict(
  calls: WorkerCalls<TabRequest, TabProgress>,
  images: BrowserImage | readonly BrowserImage[],
  { signal, onProgress, onNotice, ...options }: BrowserPredictOptions = {},
): Promise<BrowserPrediction> {
  const { id = 'case', mode = 'normal', probabilities = false, postprocess = true, tiles = 'all' } = options;
  const { previousSegmentation: previous, mirrorAxes, stepSize } = options;
  const request: PredictRequest = {
    kind: 'predict',
    images: sourcesOf(images, id),
    previousSegmentation: previous && imageSource(previous, `the previous stage's segmentation of ${id}`),
    ...{ id, mode, probabilities, postprocess, tiles, mirrorAxes, stepSize },
  };
  const { labels, probabilities: kept, notices } = (await calls.ask(request, { signal, onProgress })) as TabResult;
  for (const text of notices) onNotice?.(text);
  return {
    labels: () => labels,
    softmax() {
      if (kept !== null) return kept;
      throw usageError({ what: 'the probabilities were not kept', remedy: 'Predict with `probabilities` true.' });
    },
  };
}

function sourcesOf(images: BrowserImage | readonly BrowserImage[], id: string): ImageSource[] {
  return ([images].flat() as BrowserImage[]).map((image, c) => imageSource(image, `image ${c} of ${id}`));
}
