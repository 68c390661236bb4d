import { basename, join } from 'node:path';
import type { Transferable } from 'node:worker_threads';
import { type Preprocessors, shippedPreprocessors } from '@nnunet/preprocess';
import type { TypedArray } from '@nnunet/tensor';
import { builtWorker, Thread } from '@nnunet/threads/node';
import type { ImageFormats, Volume } from '@nnunet/volume';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { bodyTiles } from '../body-tiles.ts';
import type { LabelOptions } from '../case-prediction.ts';
import type { InputImages, ModelRules, PreparedGeometry, RulesData } from '../model-rules.ts';
import { type PreparedInput, prepareInput } from '../prepare-input.ts';
import { RulesV1 } from '../rules-v1.ts';
import { WholeScores } from '../tiled-planes.ts';
import type { TileProgress } from '../tiled-prediction-options.ts';
import { RulesV2 } from '../v2/rules-v2.ts';
import type { InputCase } from './find-cases.ts';
import { type PredictFolderOptions, rulesOf, type ThreadNumbers } from './folder-options.ts';
import { Lender } from './lender.ts';
import { forgetProbabilities, writePrediction } from './write-prediction.ts';

/** Reads the images of a case and preprocesses them. */
interface PrepareRequest extends Pick<InputImages, 'id' | 'grid'> {
  kind: 'prepare';
  rules: RulesData;
  /** Paths, one per channel. */
  images: readonly string[];
  /** The images, where they are read already: threads know NIfTI alone. */
  volumes?: readonly Volume<TypedArray>[];
  /** Path of the labels of the stage before. */
  previous?: string;
  /** Modules with preprocessors of the user's own, for threads. */
  plugins: readonly string[];
}

/** Makes ready for the scores of a case. */
interface BeginRequest extends Required<LabelOptions> {
  kind: 'begin';
  rules: RulesData;
  /** (classes, z, y, x) of all scores. */
  shape: readonly number[];
  geometry: PreparedGeometry;
  /** Path of the result without ending. */
  base: string;
  saveProbabilities: boolean;
}

export type StageRequest =
  | PrepareRequest
  | BeginRequest
  /** Scores of the next planes, (classes, count, y, x). */
  | { kind: 'planes'; data: Float32Array; count: number }
  /** Writes the case that was begun. */
  | { kind: 'write' };

/** Takes the scores of a case and writes it at the end. */
interface Restoring {
  push(planes: Float32Array, count: number): void;
  write(): Promise<void>;
}

/** The stages beside the network, for one case at a time, in whatever thread this is. */
export class StageWorker {
  #restoring: Restoring | null = null;

  /** @throws NnUNetError of reading, preprocessing, restoring and writing; 'memory-limit' */
  async handle(request: StageRequest, preprocessors?: Preprocessors): Promise<PreparedInput | null> {
    switch (request.kind) {
      case 'prepare':
        return prepare(request, preprocessors);
      case 'begin':
        this.#restoring = null;
        this.#restoring = request.saveProbabilities ? restoreWhole(request) : restoreLabels(request);
        return null;
      case 'planes':
        this.#restoring!.push(request.data, request.count);
        return null;
      case 'write': {
        const restoring = this.#restoring!;
        this.#restoring = null;
        await restoring.write();
        return null;
      }
    }
  }
}

function rulesFrom(data: RulesData): ModelRules {
  return data.version === 1 ? new RulesV1(data.description, data.postprocessing) : new RulesV2(data.description);
}

async function prepare({ rules, id, images, volumes, previous, grid }: PrepareRequest, preprocessors?: Preprocessors) {
  return prepareInput(rulesFrom(rules), {
    images: volumes ?? (await readAll(images)),
    id,
    files: images.map((file) => basename(file)),
    previousSegmentation: previous === undefined ? undefined : await readLabels(previous),
    grid,
    preprocessors,
  });
}

/** One after the other, so that the bytes of one file at a time are in memory. */
async function readAll(images: readonly string[], formats?: ImageFormats): Promise<Volume<Float32Array>[]> {
  const volumes: Volume<Float32Array>[] = [];
  for (const file of images) volumes.push(await readVolume(file, formats));
  return volumes;
}

/** Labels alone: scores are let go of as they come. */
function restoreLabels({ rules, shape, geometry, base, mode, maxMemory }: BeginRequest): Restoring {
  const labels = rulesFrom(rules).planLabels(shape, geometry, { mode, maxMemory }).open();
  return {
    push: (planes, count) => labels.push(planes, count),
    async write() {
      await forgetProbabilities(base);
      await writeVolume(`${base}.nii.gz`, labels.finish());
    },
  };
}

/** Probabilities are wanted too: all scores are kept. */
function restoreWhole({ rules, shape, geometry, base, mode, maxMemory }: BeginRequest): Restoring {
  const whole = new WholeScores([...shape]);
  return {
    push: (planes, count) => whole.add(planes, count),
    async write() {
      const prediction = rulesFrom(rules).prediction(geometry, whole);
      await writePrediction(base, prediction, {
        saveProbabilities: true,
        mode,
        maxMemory: maxMemory - whole.data.byteLength,
      });
    },
  };
}

/** A worker in a thread of its own, which starts when it is needed; or here. */
class Worker {
  readonly #here = new StageWorker();
  #thread: Thread | null = null;

  constructor(
    readonly threaded: boolean,
    readonly preprocessors: Preprocessors,
  ) {}

  async ask(request: StageRequest, name: string, signal: AbortSignal, transfer: Transferable[] = []): Promise<unknown> {
    if (!this.threaded) return this.#here.handle(request, this.preprocessors);
    // One that has ended takes the case with it that it was at, and no other.
    const isNew = request.kind === 'prepare' || request.kind === 'begin';
    if (this.#thread === null || (isNew && !this.#thread.alive))
      this.#thread = new Thread(builtWorker(import.meta.url, 'stage-worker'));
    return this.#thread.call(request, { name, signal, transfer });
  }

  async close(): Promise<void> {
    await this.#thread?.terminate();
  }
}

/**
 * What is done to a case: it is read and preprocessed, predicted, and while scores come its labels are restored, which are
 * written at the end. The network takes one case at a time, in the order in which they get ready.
 */
export class CaseStages {
  readonly #options: PredictFolderOptions;
  readonly #room: number;
  readonly #workers: Worker[];
  readonly #preparing: Lender<Worker>;
  readonly #network = new Lender(['network']);
  readonly #writing: Lender<Worker>;

  /** @param room bytes that a case may take */
  constructor(options: PredictFolderOptions, { preparing, writing }: ThreadNumbers, room: number) {
    this.#options = options;
    this.#room = room;
    const { preprocessors = shippedPreprocessors } = options;
    const workers = (threads: number) =>
      Array.from({ length: Math.max(1, threads) }, () => new Worker(threads > 0, preprocessors));
    const [preparers, writers] = [workers(preparing), workers(writing)];
    this.#workers = [...preparers, ...writers];
    this.#preparing = new Lender(preparers);
    this.#writing = new Lender(writers);
  }

  /**
   * Reads and preprocesses a case.
   * @param onRead told of images that only this thread can read, as soon as they are there
   */
  async prepare(
    { id, images }: InputCase,
    signal: AbortSignal,
    onRead: (first: Volume<Float32Array>) => void,
  ): Promise<PreparedInput> {
    const { model, previousStageFolder, grid, formats } = this.#options;
    const previous = model.needsPreviousStage ? join(previousStageFolder!, `${id}.nii.gz`) : undefined;
    // Threads know NIfTI alone.
    const volumes = images.every((file) => /\.nii(\.gz)?$/i.test(file)) ? undefined : await readAll(images, formats);
    if (volumes?.[0]) onRead(volumes[0]);
    const request = { kind: 'prepare', rules: model.rules.data, id, images, volumes, previous, grid } as const;
    return this.#preparing.use(async (worker) => {
      const plugins = worker.preprocessors.modules;
      return (await worker.ask({ ...request, plugins }, id, signal)) as PreparedInput;
    });
  }

  /** Predicts a prepared case, restores and writes it. @throws NnUNetError 'memory-limit' */
  async predict(
    id: string,
    { image, notices: _, ...geometry }: PreparedInput,
    signal: AbortSignal,
    onProgress: (progress: TileProgress) => void,
  ): Promise<void> {
    const { model, outputFolder, mode = 'normal', saveProbabilities = false, ...options } = this.#options;
    const [, ...size] = image.shape;
    const begin: BeginRequest = {
      kind: 'begin',
      rules: rulesOf(this.#options).data,
      shape: [model.description.network.classes, ...size],
      geometry,
      base: join(outputFolder, id),
      saveProbabilities,
      mode,
      maxMemory: this.#room - image.data.buffer.byteLength - model.ensemble.sumBytes(image.shape),
    };
    const { mirroring, mirrorAxes, stepSize, gaussian } = options;
    await this.#writing.use(async (worker) => {
      /** Planes are restored in the thread while the network goes on; a failure is met at the next ones. */
      let restored: Promise<unknown> = Promise.resolve();
      try {
        await this.#network.use(async () => {
          await worker.ask(begin, id, signal);
          const keepTile = options.tiles === 'body' ? bodyTiles(image, model.rules) : undefined;
          const tiling = { mirroring, mirrorAxes, stepSize, gaussian, keepTile, signal, onProgress };
          for await (const { data, count } of model.ensemble.planes(image, tiling)) {
            await restored;
            const sent = worker.threaded ? data.slice() : data;
            restored = worker.ask({ kind: 'planes', data: sent, count }, id, signal, [sent.buffer as ArrayBuffer]);
            if (worker.threaded) restored.catch(() => undefined);
            else await restored;
          }
        });
        await restored;
        await worker.ask({ kind: 'write' }, id, signal);
      } finally {
        await restored.catch(() => undefined);
      }
    });
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}
