import { basename, join } from 'node:path';
import type { Transferable } from 'node:worker_threads';
import type { PreprocessingLookup } from '@nnunet/preprocess';
import { modulesOf } from '@nnunet/preprocess/internal';
import type { TypedArray } from '@nnunet/tensor';
import { builtWorker, Thread } from '@nnunet/threads/node';
import type { ImageFormats, Volume } from '@nnunet/volume';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { readChannels } from '@nnunet/volume/node/internal';
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

/** Request to read the images of a case and preprocess them. */
interface PrepareRequest extends Pick<InputImages, 'id' | 'grid'> {
  kind: 'prepare';
  rules: RulesData;
  /** Paths, one per channel. */
  images: readonly string[];
  /** The images, if already read: threads only read NIfTI. */
  volumes?: readonly Volume<TypedArray>[];
  /** Path of the previous stage's labels. */
  previous?: string;
  /** Modules with the user's own preprocessors and normalisation schemes, for threads. */
  plugins: readonly string[];
}

/** Request to prepare for the scores of a case. */
interface BeginRequest extends Required<LabelOptions> {
  kind: 'begin';
  rules: RulesData;
  /** (classes, z, y, x), of all scores. */
  shape: readonly number[];
  geometry: PreparedGeometry;
  /** Path of the result without its file extension. */
  base: string;
  saveProbabilities: boolean;
}

export type StageRequest =
  | PrepareRequest
  | BeginRequest
  /** Scores of the next planes, (classes, count, y, x). */
  | { kind: 'planes'; data: Float32Array; count: number }
  /** Write the current case. */
  | { kind: 'write' };

/** Receives the scores of a case and writes the result at the end. */
interface Restoring {
  push(planes: Float32Array, count: number): void;
  write(): Promise<void>;
}

/** The stages before and after the network, for one case at a time, in any thread. */
export class StageWorker {
  #restoring: Restoring | null = null;

  /** @throws NnUNetError from reading, preprocessing, restoring and writing; 'memory-limit' */
  async handle(request: StageRequest, lookup: PreprocessingLookup): Promise<PreparedInput | null> {
    switch (request.kind) {
      case 'prepare':
        return prepare(request, lookup);
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

async function prepare({ rules, id, images, volumes, previous, grid }: PrepareRequest, lookup: PreprocessingLookup) {
  return prepareInput(rulesFrom(rules), {
    images: volumes ?? (await readAll(images)),
    id,
    files: images.map((file) => basename(file)),
    previousSegmentation: previous === undefined ? undefined : await readLabels(previous),
    grid,
    ...lookup,
  });
}

/** Reads one file after the other, so that the bytes of only one are in memory at a time. */
async function readAll(images: readonly string[], formats?: ImageFormats): Promise<Volume<Float32Array>[]> {
  return (await readFiles(images, formats)).map(({ volume }) => volume);
}

/** Reads all channels of files, with the file of each. */
async function readFiles(images: readonly string[], formats?: ImageFormats) {
  const read: { file: string; volume: Volume<Float32Array> }[] = [];
  for (const file of images) read.push(...(await readChannels(file, formats)).map((volume) => ({ file, volume })));
  return read;
}

/** For labels only: scores are released as they arrive. */
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

/** For labels and probabilities: all scores are kept. */
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

/** A worker, in a thread of its own that starts on demand, or in the calling thread. */
class Worker {
  readonly #here = new StageWorker();
  #thread: Thread | null = null;

  constructor(
    readonly threaded: boolean,
    readonly lookup: PreprocessingLookup,
  ) {}

  async ask(request: StageRequest, name: string, signal: AbortSignal, transfer: Transferable[] = []): Promise<unknown> {
    if (!this.threaded) return this.#here.handle(request, this.lookup);
    // When a worker ends, only its current case fails.
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
 * The stages of a case: it is read and preprocessed, then predicted; its labels are restored as scores arrive, and
 * written at the end. The network predicts one case at a time, in the order in which they become ready.
 */
export class CaseStages {
  readonly #options: PredictFolderOptions;
  readonly #room: number;
  readonly #workers: Worker[];
  readonly #preparing: Lender<Worker>;
  readonly #network = new Lender(['network']);
  readonly #writing: Lender<Worker>;

  /** @param room bytes that a case may use */
  constructor(options: PredictFolderOptions, { preparing, writing }: ThreadNumbers, room: number) {
    this.#options = options;
    this.#room = room;
    const { preprocessors, normalizations } = options;
    const workers = (threads: number) =>
      Array.from({ length: Math.max(1, threads) }, () => new Worker(threads > 0, { preprocessors, normalizations }));
    const [preparers, writers] = [workers(preparing), workers(writing)];
    this.#workers = [...preparers, ...writers];
    this.#preparing = new Lender(preparers);
    this.#writing = new Lender(writers);
  }

  /**
   * Reads and preprocesses a case.
   *
   * @param onRead called as soon as images are read that only this thread can read
   */
  async prepare(
    { id, images }: InputCase,
    signal: AbortSignal,
    onRead: (first: Volume<Float32Array>) => void,
  ): Promise<PreparedInput> {
    const { model, previousStageFolder, grid, formats } = this.#options;
    const previous = model.needsPreviousStage ? join(previousStageFolder!, `${id}.nii.gz`) : undefined;
    // Threads only read NIfTI.
    const read = images.every((file) => /\.nii(\.gz)?$/i.test(file)) ? null : await readFiles(images, formats);
    if (read?.[0]) onRead(read[0].volume);
    const channels = { images: read?.map(({ file }) => file) ?? images, volumes: read?.map(({ volume }) => volume) };
    const request = { kind: 'prepare', rules: model.rules.data, id, ...channels, previous, grid } as const;
    return this.#preparing.use(async (worker) => {
      const plugins = modulesOf(worker.lookup);
      return (await worker.ask({ ...request, plugins }, id, signal)) as PreparedInput;
    });
  }

  /** Predicts a prepared case, restores it and writes it. @throws NnUNetError 'memory-limit' */
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
      /** Planes are restored in the thread while the network continues; a failure surfaces at the next planes. */
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
