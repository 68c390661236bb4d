import { requireInteger, requirePositive } from '@nnunet/errors/internal';
import {
  type CallContext,
  CallServer,
  readModelFile,
  readSource,
  TabImage,
  threadsInWords,
  usableThreads,
} from '@nnunet/inference/internal';
import { loadWebRuntime } from '@nnunet/network/internal';
import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import { planTuning, Tuning } from './tuning.ts';
import type { LabelledCase } from './tuning-cases.ts';
import { fittingBatch } from './tuning-memory.ts';
import type {
  CaseSource,
  PrepareRequest,
  PreparingProgress,
  TuningProgress,
  TuningRequest,
} from './tuning-protocol.ts';

/** Returns what answers the requests of a page about one fine-tuning. @param say sends a message to the page */
export function tuningServer(say: ConstructorParameters<typeof CallServer<TuningRequest, TuningProgress>>[1]) {
  let tuning: Tuning | undefined;
  return new CallServer<TuningRequest, TuningProgress>(async (request, context) => {
    const { signal, onProgress } = context;
    if (request.kind === 'prepare') {
      const prepared = await prepare(request, context);
      tuning = prepared.tuning;
      const { batchSize, secondsPerStep } = tuning;
      return { result: { batchSize, secondsPerStep, compute: prepared.compute } };
    }
    const result = await tuning!.train(request.settings, {
      signal,
      onProgress: (progress) => onProgress({ kind: 'training', progress }),
      onEpoch: (report) => onProgress({ kind: 'epoch', report }),
    });
    return { result, transfer: [result.model.buffer] };
  }, say);
}

/** A case whose files have not been read. */
interface UnreadCase {
  source: CaseSource;
  images: TabImage[];
  labels: TabImage;
}

async function prepare(request: PrepareRequest, { signal, onProgress }: CallContext<TuningProgress>) {
  const { model: source, name: where, maxMemory, batchSize, runtime: folder } = request;
  requirePositive('maxMemory', maxMemory);
  requireInteger('batchSize', batchSize, 1);
  const tell = (what: PreparingProgress['what'], done: number, total: number) =>
    onProgress({ kind: 'preparing', progress: { what, done, total } });
  const threads = usableThreads(request.threads);
  const bytes = await readSource(source, {
    where,
    maxBytes: maxMemory,
    signal,
    onProgress: (done, total) => tell('loading', done, total),
  });
  const model = await readModelFile(bytes, where, maxMemory);
  const plan = planTuning(model, { where, batchSize });
  const unread = request.cases.map((source): UnreadCase => {
    const [labels, ...images] = [source.labels, ...source.images].map((file) => new TabImage(file, maxMemory));
    return { source, images, labels: labels! };
  });
  const headers = await Promise.all(unread.flatMap(({ images }) => images.slice(0, 1).map((file) => file.geometry())));
  const exactly = batchSize !== undefined;
  const fitting = fittingBatch(model, plan.rules.trainer, {
    images: headers,
    batchSize: plan.batchSize,
    exactly,
    maxMemory,
  });
  const runtime = await loadWebRuntime({ folder, threads, webgpu: false });
  async function* cases() {
    for (const [done, one] of unread.entries()) {
      tell('preparing', done, unread.length);
      signal.throwIfAborted();
      yield await read(one);
    }
    tell('timing', 0, 1);
  }
  const tuning = await Tuning.prepare(model, cases(), { runtime, threads, batchSize: fitting, where });
  signal.throwIfAborted();
  return { tuning, compute: threadsInWords(threads) };
}

async function read({ source: { id }, images, labels }: UnreadCase): Promise<LabelledCase> {
  const volumes = [];
  for (const image of images) volumes.push(await image.volume());
  return {
    id,
    images: volumes,
    labels: (await labels.labels()) as Volume<TypedArray>,
    files: images.map(({ name }, channel) => name ?? `image ${channel} of ${id}`),
    labelFile: labels.name ?? `the labels of ${id}`,
  };
}
