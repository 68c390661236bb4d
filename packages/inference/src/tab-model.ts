import { usageError } from '@nnunet/errors';
import { requireOneOf, requirePositive } from '@nnunet/errors/internal';
import { estimatePredictionMemory, PatchSession } from '@nnunet/network/internal';
import type { Tensor } from '@nnunet/tensor';
import { bodyTiles } from './body-tiles.ts';
import type { CallContext } from './call-server.ts';
import { forecastCase, memoryOfCase, secondsBeside } from './case-forecast.ts';
import { FoldEnsemble } from './fold-ensemble.ts';
import { memoryRefusal } from './memory-refusal.ts';
import { readModelFile } from './model-file.ts';
import type { ModelRules } from './model-rules.ts';
import { countEvaluations } from './place-tiles.ts';
import { prepareInput } from './prepare-input.ts';
import { chooseCompute, type TabCompute } from './tab-compute.ts';
import { readSource, TabImage } from './tab-files.ts';
import type {
  EstimateRequest,
  LoadRequest,
  PredictRequest,
  TabEstimate,
  TabModelFacts,
  TabProgress,
  TabResult,
} from './tab-protocol.ts';
import { WholeScores } from './tiled-planes.ts';

/** A trained model in a browser's worker; its networks are computed by onnxruntime-web. */
export class TabModel {
  readonly #rules: ModelRules;
  readonly #ensemble: FoldEnsemble;
  readonly #compute: TabCompute;
  readonly #maxMemory: number;
  /** Of all folds together; measured once. */
  #secondsPerEvaluation: number | undefined;

  private constructor(
    rules: ModelRules,
    ensemble: FoldEnsemble,
    { compute, maxMemory }: { compute: TabCompute; maxMemory: number },
  ) {
    this.#rules = rules;
    this.#ensemble = ensemble;
    this.#compute = compute;
    this.#maxMemory = maxMemory;
  }

  /**
   * Reads a model, chooses what computes it, and loads its networks.
   *
   * @throws NnUNetError the errors of `readModelFile`; 'missing-file', 'missing-device', 'memory-limit', 'usage'
   */
  static async load(request: LoadRequest, { signal, onProgress }: CallContext<TabProgress>): Promise<TabModel> {
    const { model: source, name: where, maxMemory } = request;
    requirePositive('maxMemory', maxMemory);
    const bytes = await readSource(source, {
      where,
      maxBytes: maxMemory,
      signal,
      onProgress: (done, total) => onProgress({ what: 'loading', done, total }),
    });
    const model = await readModelFile(bytes, where, maxMemory);
    onProgress({ what: 'choosing', done: 0, total: 1 });
    const compute = await chooseCompute(request, model);
    signal.throwIfAborted();
    const { rules, members } = model;
    const ensemble = new FoldEnsemble(rules, members, { open: (network) => openNetwork(compute, network) });
    await ensemble.load();
    onProgress({ what: 'choosing', done: 1, total: 1 });
    return new TabModel(rules, ensemble, { compute, maxMemory });
  }

  get facts(): TabModelFacts {
    const { version, channels, channelNames, labelNames, needsPreviousStage, modes } = this.#rules;
    const { folds, mirrorAxes } = this.#ensemble;
    const compute = this.#compute.told;
    return { version, channels, channelNames, labelNames, needsPreviousStage, modes, folds, mirrorAxes, compute };
  }

  /**
   * Estimates what predicting a case takes, by the header of its first image and a trial of the networks.
   *
   * @throws NnUNetError 'memory-limit' if it cannot fit; 'bad-nifti', 'missing-file', 'usage'
   */
  async estimate(request: EstimateRequest): Promise<TabEstimate> {
    const files = request.images.map((source) => new TabImage(source, this.#maxMemory));
    const { room, forecast, bytes } = await this.#roomFor(files, request);
    if (forecast === undefined) throw usageError({ what: 'no image was given', remedy: 'Give one per channel.' });
    const { channels, description } = this.#rules;
    const evaluations = countEvaluations(this.#ensemble.placement([channels, ...forecast.networkShape], request));
    this.#secondsPerEvaluation ??= await this.#ensemble.warmUp(evaluations);
    const beside = secondsBeside(forecast, channels, description.network.classes);
    return {
      memory: this.#maxMemory - room + bytes,
      maxMemory: this.#maxMemory,
      evaluations: this.#ensemble.folds * evaluations,
      seconds: evaluations * this.#secondsPerEvaluation + beside,
    };
  }

  /**
   * Segments a case. Without `probabilities`, only the scores of a row of tiles are in memory.
   *
   * @throws NnUNetError 'memory-limit' before any voxel is read if the case cannot fit; 'bad-nifti', 'bad-case',
   * 'other-grid', 'missing-previous-stage', 'bad-previous-stage', 'usage'; the signal's
   * reason when aborted
   */
  async predict(request: PredictRequest, { signal, onProgress }: CallContext<TabProgress>): Promise<TabResult> {
    const { id, mode, probabilities, tiles, mirrorAxes, stepSize } = request;
    const rules = request.postprocess ? this.#rules : this.#rules.withoutPostprocessing();
    requireOneOf('mode', mode, rules.modes);
    requireOneOf('tiles', tiles, ['all', 'body']);
    requirePositive('stepSize', stepSize, 1);
    const files = request.images.map((source) => new TabImage(source, this.#maxMemory));
    onProgress({ what: 'reading', done: 0, total: files.length });
    const { room } = await this.#roomFor(files, request);
    const images = [];
    for (const file of files) {
      images.push(await file.volume());
      onProgress({ what: 'reading', done: images.length, total: files.length });
      await nextTurn();
      signal.throwIfAborted();
    }
    const previous = request.previousSegmentation;
    const { image, notices, ...geometry } = prepareInput(rules, {
      images,
      id,
      files: files.map(({ name }, channel) => name ?? `image ${channel}`),
      previousSegmentation: previous && (await new TabImage(previous, this.#maxMemory).labels()),
    });
    images.length = 0;
    await nextTurn();
    signal.throwIfAborted();
    const [, ...size] = image.shape;
    const shape = [rules.description.network.classes, ...size];
    const maxMemory = room - image.data.byteLength - this.#ensemble.sumBytes(image.shape);
    const whole = probabilities ? new WholeScores(shape) : null;
    const labels = whole === null ? rules.planLabels(shape, geometry, { mode, maxMemory }).open() : null;
    const keepTile = tiles === 'body' ? bodyTiles(image, rules) : undefined;
    const progress = ({ done, total }: { done: number; total: number }) =>
      onProgress({ what: 'predicting', done, total });
    for await (const { data, count } of this.#ensemble.planes(image, {
      mirrorAxes,
      stepSize,
      keepTile,
      signal,
      onProgress: progress,
    })) {
      whole?.add(data, count);
      labels?.push(data, count);
    }
    const told = notices.map(({ text }) => text);
    if (labels !== null) return { labels: labels.finish(), probabilities: null, notices: told };
    const prediction = rules.prediction(geometry, whole!);
    const softmax: Tensor<Float32Array> = prediction.softmax({ maxMemory });
    return { labels: prediction.labels(mode, { maxMemory }), probabilities: softmax, notices: told };
  }

  /**
   * Returns the bytes that a case may use, and those that it will use by the header of its first image, if there is one.
   *
   * @throws NnUNetError 'memory-limit' if it needs more
   */
  async #roomFor([first]: TabImage[], { id, mode, probabilities }: Omit<EstimateRequest, 'kind'>) {
    const { folds, batchSize } = this.#ensemble;
    const { description, patchSize, channels } = this.#rules;
    const { lowering } = this.#compute;
    const network = estimatePredictionMemory(description.network, patchSize, { batchSize, lowering });
    const program = PROGRAM_BYTES + folds * network;
    const room = this.#maxMemory - program;
    if (first === undefined) return { room, bytes: 0 };
    const forecast = forecastCase(this.#rules, await first.geometry());
    const sumBytes = this.#ensemble.sumBytes([channels, ...forecast.networkShape]);
    const memory = memoryOfCase(this.#rules, forecast, { sumBytes, saveProbabilities: probabilities, mode });
    const advice = probabilities ? ' Without `probabilities` it needs less.' : undefined;
    const refusal = memoryRefusal({ id, forecast, advice }, memory, { room, program });
    if (refusal !== null) throw refusal;
    return { room, forecast, bytes: Math.max(memory.preparing, memory.predicting) };
  }
}

/** The page, the script and onnxruntime-web before it has loaded a network. */
export const PROGRAM_BYTES = 100 * 2 ** 20;

/** A network that lets the worker hear of a cancellation after each run. */
async function openNetwork(
  { runtime, device }: TabCompute,
  network: Parameters<ConstructorParameters<typeof FoldEnsemble>[2]['open']>[0],
) {
  const session = await PatchSession.load(runtime, { ...network, device });
  return {
    async predict(patches: Float32Array, count: number) {
      const result = await session.predict(patches, count);
      await nextTurn();
      return result;
    },
    dispose: () => session.dispose(),
  };
}

/** Waits until messages that have arrived were handled. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
