import { basename } from 'node:path';
import type { Preprocessors } from '@nnunet/preprocess';
import { sizeOf, type TypedArray } from '@nnunet/tensor';
import type { GridRule, ImageFormats, Volume } from '@nnunet/volume';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import type { PredictionMode } from '../case-prediction.ts';
import type { ModelRules, PreparedGeometry, RulesData } from '../model-rules.ts';
import { type PreparedInput, prepareInput } from '../prepare-input.ts';
import { RulesV1 } from '../rules-v1.ts';
import { RulesV2 } from '../v2/rules-v2.ts';
import { forgetProbabilities, writePrediction } from './write-prediction.ts';

/** Reads the images of a case and prepares them. */
export interface PrepareRequest {
  kind: 'prepare';
  rules: RulesData;
  id: string;
  /** Paths, one per channel. */
  images: readonly string[];
  /** The images, where they are read already: threads know NIfTI alone. */
  volumes?: readonly Volume<TypedArray>[];
  /** Path of the labels of the stage before. */
  previous?: string;
  /** How the places of the images are compared. */
  grid?: GridRule;
  /** Modules with preprocessors of the user's own, for threads. */
  plugins: readonly string[];
}

/** Begins to write a case, whose scores will follow. */
export interface BeginRequest {
  kind: 'begin';
  rules: RulesData;
  /** (classes, z, y, x) of all scores. */
  shape: readonly number[];
  geometry: PreparedGeometry;
  /** Path of the result without ending. */
  base: string;
  saveProbabilities: boolean;
  mode: PredictionMode;
  /** Bytes that may be held from here on. */
  maxMemory?: number;
}

/** Scores of the next planes, (classes, count, y, x). */
export interface PlanesRequest {
  kind: 'planes';
  data: Float32Array;
  count: number;
}

/** Writes the case that was begun. */
export interface FinishRequest {
  kind: 'finish';
}

export type CaseRequest = PrepareRequest | BeginRequest | PlanesRequest | FinishRequest;

/** Takes scores, and writes the case at the end. */
interface OpenResult {
  push(planes: Float32Array, count: number): void;
  write(): Promise<void>;
}

/** What is done before and after the network for one case at a time, here or in a thread. */
export class CaseDesk {
  #open: OpenResult | null = null;

  /** @throws NnUNetError of reading, preparing, restoring and writing; 'memory-limit' */
  async handle(request: CaseRequest, preprocessors?: Preprocessors): Promise<PreparedInput | null> {
    switch (request.kind) {
      case 'prepare':
        return prepare(request, preprocessors);
      case 'begin':
        this.#open = null;
        this.#open = request.saveProbabilities ? openWhole(request) : openStream(request);
        return null;
      case 'planes':
        this.#open!.push(request.data, request.count);
        return null;
      case 'finish': {
        const open = this.#open!;
        this.#open = null;
        await open.write();
        return null;
      }
    }
  }
}

function rulesOf(data: RulesData): ModelRules {
  return data.version === 1 ? new RulesV1(data.description, data.postprocessing) : new RulesV2(data.description);
}

async function prepare(
  { rules, id, images, volumes, previous, grid }: PrepareRequest,
  preprocessors: Preprocessors | undefined,
): Promise<PreparedInput> {
  return prepareInput(rulesOf(rules), {
    images: volumes ?? (await readAll(images)),
    id,
    files: images.map((file) => basename(file)),
    previousSegmentation: previous === undefined ? undefined : await readLabels(previous),
    grid,
    preprocessors,
  });
}

/** One after the other, so that the bytes of one file at a time are in memory. */
export async function readAll(images: readonly string[], formats?: ImageFormats): Promise<Volume<Float32Array>[]> {
  const volumes: Volume<Float32Array>[] = [];
  for (const file of images) volumes.push(await readVolume(file, formats));
  return volumes;
}

/** Labels alone: scores are let go of as they come. */
function openStream({ rules, shape, geometry, base, mode, maxMemory }: BeginRequest): OpenResult {
  const labels = rulesOf(rules).planLabels(shape, geometry, { mode, maxMemory }).open();
  return {
    push: (planes, count) => labels.push(planes, count),
    async write() {
      await forgetProbabilities(base);
      await writeVolume(`${base}.nii.gz`, labels.finish());
    },
  };
}

/** Probabilities are wanted too: all scores are kept. */
function openWhole({ rules, shape, geometry, base, mode, maxMemory }: BeginRequest): OpenResult {
  const [classes, planes, Y, X] = shape as [number, number, number, number];
  const data = new Float32Array(sizeOf(shape));
  const size = Y * X;
  let at = 0;
  return {
    push(given, count) {
      for (let c = 0; c < classes; c++)
        data.set(given.subarray(c * count * size, (c + 1) * count * size), (c * planes + at) * size);
      at += count;
    },
    async write() {
      const prediction = rulesOf(rules).prediction(geometry, { data, shape: [...shape] });
      const rest = maxMemory === undefined ? undefined : maxMemory - data.byteLength;
      await writePrediction(base, prediction, { saveProbabilities: true, mode, maxMemory: rest });
    },
  };
}

/** What a thread hands over instead of copying. */
export function buffersOfInput(result: PreparedInput | null): ArrayBuffer[] {
  return result === null ? [] : [result.image.data.buffer as ArrayBuffer];
}
