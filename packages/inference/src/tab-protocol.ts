import type { Tensor, TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { PredictionMode } from './case-prediction.ts';
import type { NamedLabels } from './model-rules.ts';

/** Bytes of a file, or where they are. */
export type FileSource = { kind: 'address'; address: string } | { kind: 'blob'; blob: Blob };

/** How a page's networks are computed. */
export type TabDevice = 'auto' | 'cpu' | 'webgpu';

export interface LoadRequest {
  kind: 'load';
  model: FileSource;
  /** File name for error messages. */
  name: string;
  /** Address of the folder with onnxruntime-web's files. */
  runtime: string;
  device: TabDevice;
  threads: number | undefined;
  maxMemory: number;
}

/** What a page is told about its model. */
export interface TabModelFacts {
  version: 1 | 2;
  channels: number;
  channelNames: readonly string[];
  labelNames: NamedLabels;
  needsPreviousStage: boolean;
  folds: number;
  modes: readonly PredictionMode[];
  mirrorAxes: readonly number[];
  compute: string;
}

/** An image as file or as voxels. */
export type ImageSource = { kind: 'file'; blob: Blob; name: string } | { kind: 'volume'; volume: Volume<TypedArray> };

export interface PredictRequest {
  kind: 'predict';
  images: readonly ImageSource[];
  previousSegmentation: ImageSource | undefined;
  id: string;
  mode: PredictionMode;
  postprocess: boolean;
  probabilities: boolean;
  tiles: 'all' | 'body';
  mirrorAxes: readonly number[] | undefined;
  stepSize: number | undefined;
}

/** Asks what predicting a case would take. */
export interface EstimateRequest
  extends Pick<PredictRequest, 'images' | 'id' | 'mode' | 'probabilities' | 'mirrorAxes' | 'stepSize'> {
  kind: 'estimate';
}

/** What predicting a case takes: upper bounds, because cropping can only reduce the size. */
export interface TabEstimate {
  /** Bytes of the tab, with the networks, and the limit. */
  memory: number;
  maxMemory: number;
  /** Evaluations of the networks of all folds, mirrored versions included. */
  evaluations: number;
  /** As long as the networks take in a trial. */
  seconds: number;
}

/** The result of a case. */
export interface TabResult {
  labels: Volume<Uint8Array | Uint16Array>;
  /** If they were asked for. */
  probabilities: Tensor<Float32Array> | null;
  /** What is unusual about the images. */
  notices: readonly string[];
}

export type TabRequest = LoadRequest | EstimateRequest | PredictRequest;

/** What is being done, and how much of it. */
export interface TabProgress {
  /** 'loading' is in bytes, 'predicting' in evaluations of the network. */
  what: 'loading' | 'choosing' | 'reading' | 'predicting';
  done: number;
  total: number;
}
