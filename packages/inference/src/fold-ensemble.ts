import type { NetworkDescription, OutputNonlinearity } from '@nnunet/network';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import type { WeightMap } from './checkpoint-format.ts';
import type { ModelRules } from './model-rules.ts';
import { countEvaluations, type TilePlacement } from './place-tiles.ts';
import type { Tile } from './tile.ts';
import { collectPlanes, type FinishedPlanes, windowBytes } from './tiled-planes.ts';
import type { TileProgress } from './tiled-prediction-options.ts';

export interface TilingOptions {
  /** Predict in all mirrored versions that the model allows. Default: true. */
  mirroring?: boolean;
  /** Axes of the patch to mirror along, among those that the model allows. Default: all of them. */
  mirrorAxes?: readonly number[];
  /** Returns false for tiles to skip. Default: no tiles are skipped. */
  keepTile?: (tile: Tile) => boolean;
  /** Distance between tiles as a fraction of the patch. Default: 0.5. */
  stepSize?: number;
  /** Give the centre of a tile more weight. Default: true. */
  gaussian?: boolean;
  signal?: AbortSignal;
  /** Called with the network evaluations of all folds together. */
  onProgress?: (progress: TileProgress) => void;
}

/** A fold's network, for patches of one size; see `PredictionSession`. */
export interface PatchNetwork {
  predict(patches: Float32Array, count: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Loads a fold's network into a runtime. */
export type OpenNetwork = (network: {
  description: NetworkDescription;
  weights: WeightMap;
  patchSize: readonly number[];
  batchSize: number;
  nonlinearity: OutputNonlinearity;
  /** Index of the fold among those of the ensemble. */
  member: number;
}) => Promise<PatchNetwork>;

export interface EnsembleOptions {
  open: OpenNetwork;
  /** Patches per network evaluation. Default: 1 in 3D, up to 4 small patches in 2D. */
  batchSize?: number | undefined;
}

/**
 * Larger runs are not faster and need more memory (tools/bench/prediction.mjs): one 3D patch, or four 2D patches of 56
 * x 40.
 */
const VOXELS_PER_RUN = 10_000;
const MOST_PATCHES_PER_RUN = 4;

/**
 * Upper limits on timing the network before a prediction: in seconds, and as a fraction of the known work that follows.
 */
const TIMED_SECONDS = 0.4;
const TIMED_SHARE = 0.01;
const MOST_TIMED_RUNS = 5;

/** The networks of one or more folds, whose results are averaged. Sessions are created once and reused. */
export class FoldEnsemble {
  readonly #sessions: (Promise<PatchNetwork> | null)[];
  /** Patches per network evaluation. */
  readonly batchSize: number;

  readonly #rules: ModelRules;
  readonly #members: readonly WeightMap[];
  readonly #open: OpenNetwork;

  constructor(rules: ModelRules, members: readonly WeightMap[], { open, batchSize }: EnsembleOptions) {
    this.#rules = rules;
    this.#members = members;
    this.#open = open;
    this.#sessions = members.map(() => null);
    const patches = Math.floor(VOXELS_PER_RUN / sizeOf(rules.patchSize));
    this.batchSize = batchSize ?? Math.min(MOST_PATCHES_PER_RUN, Math.max(1, patches));
  }

  get folds(): number {
    return this.#members.length;
  }

  /** Axes of the patch that the model may be mirrored along. */
  get mirrorAxes(): readonly number[] {
    return this.#rules.description.mirrorAxes;
  }

  /**
   * Predicts a preprocessed image: the mean over the folds.
   *
   * @param data (channels, z, y, x), network order, including any one-hot channels of the previous stage
   * @returns (classes, z, y, x), network order
   */
  predict(image: Tensor<Float32Array>, options: TilingOptions = {}): Promise<Tensor<Float32Array>> {
    const [, Z, Y, X] = image.shape as [number, number, number, number];
    return collectPlanes(this.planes(image, options), [this.#rules.description.network.classes, Z, Y, X]);
  }

  /**
   * Like {@link predict}, a few planes along axis 0 at a time: apart from the image, only the sums of one row of tiles
   * per fold are in memory.
   */
  async *planes(image: Tensor<Float32Array>, options: TilingOptions = {}): AsyncGenerator<FinishedPlanes> {
    const { folds } = this;
    const rules = this.#rules;
    const { signal, gaussian, keepTile } = options;
    const placement = this.placement(image.shape, options);
    const classes = rules.description.network.classes;
    const total = folds * countEvaluations(placement);
    let done = 0;
    const predictions: AsyncGenerator<FinishedPlanes>[] = [];
    try {
      for (let member = 0; member < folds; member++) {
        signal?.throwIfAborted();
        const session = await this.#session(member);
        let ownDone = 0;
        predictions.push(
          rules.predictPlanes({
            ...placement,
            data: image.data,
            shape: image.shape as [number, number, number, number],
            classes,
            gaussian,
            keepTile,
            independentClasses: rules.description.regionClassOrder !== null,
            batchSize: this.batchSize,
            predictPatches: (patches, count) => session.predict(patches, count),
            signal,
            onProgress: (progress) => {
              done += progress.done - ownDone;
              ownDone = progress.done;
              options.onProgress?.({ done, total: keepTile ? folds * progress.total : total });
            },
          }),
        );
      }
      const [first, ...others] = predictions;
      for await (const planes of first!) {
        for (const other of others) rules.addFold(planes.data, (await other.next()).value.data);
        if (folds > 1) rules.divide(planes.data, folds);
        yield planes;
      }
    } finally {
      for (const prediction of predictions) await prediction.return(undefined);
    }
  }

  /** Returns the positions of the tiles in a prepared image. @param shape (channels, z, y, x) */
  placement(
    shape: readonly number[],
    { mirroring = true, mirrorAxes, stepSize = 0.5 }: Pick<TilingOptions, 'mirroring' | 'mirrorAxes' | 'stepSize'>,
  ): TilePlacement & Required<Pick<TilePlacement, 'mirrorAxes'>> {
    return {
      imageSize: shape.slice(1) as [number, number, number],
      patchSize: this.#rules.patchSize,
      stepSize,
      mirrorAxes: mirroring ? this.mirrorAxes.filter((axis) => mirrorAxes?.includes(axis) ?? true) : [],
    };
  }

  /** Returns the bytes of the sums over tiles for a prepared image of the given shape, (channels, z, y, x). */
  sumBytes(shape: readonly number[]): number {
    const {
      patchSize,
      description: { network },
    } = this.#rules;
    return this.folds * windowBytes(network.classes, patchSize, shape.slice(1) as [number, number, number]);
  }

  /**
   * Creates the sessions and runs each on an empty patch until it is warm and its time is known.
   *
   * @param evaluations number of evaluations per fold that will follow; if they are few, timing is shorter
   * @returns seconds per evaluation, all folds together
   */
  async warmUp(evaluations = Number.POSITIVE_INFINITY): Promise<number> {
    const {
      patchSize,
      description: { network },
    } = this.#rules;
    const patches = new Float32Array(this.batchSize * network.inputChannels * sizeOf(patchSize));
    let seconds = 0;
    for (let member = 0; member < this.folds; member++) {
      const session = await this.#session(member);
      await session.predict(patches, this.batchSize);
      let runs = 0;
      let spent = 0;
      const enough = Math.max(1, Math.min(MOST_TIMED_RUNS, TIMED_SHARE * evaluations));
      for (; runs < enough && spent < TIMED_SECONDS; runs++) {
        const start = performance.now();
        await session.predict(patches, this.batchSize);
        spent += (performance.now() - start) / 1000;
      }
      seconds += spent / runs / this.batchSize;
    }
    return seconds;
  }

  /** Loads the networks of all folds, so that what is wrong with one is known before a prediction. */
  async load(): Promise<void> {
    for (let member = 0; member < this.folds; member++) await this.#session(member);
  }

  /** Frees the sessions. */
  async dispose(): Promise<void> {
    const sessions = this.#sessions.map((session) => session?.catch(() => null));
    this.#sessions.fill(null);
    for (const session of sessions) await (await session)?.dispose();
  }

  /**
   * Returns a fold's session. If it cannot be created, the other folds' sessions are released, and the next call tries
   * again.
   */
  async #session(member: number): Promise<PatchNetwork> {
    try {
      return await this.#made(member);
    } catch (error) {
      await this.dispose();
      throw error;
    }
  }

  #made(member: number): Promise<PatchNetwork> {
    const known = this.#sessions[member];
    if (known) return known;
    const created = this.#open({
      description: this.#rules.description.network,
      weights: this.#members[member]!,
      patchSize: this.#rules.patchSize,
      batchSize: this.batchSize,
      nonlinearity: this.#rules.nonlinearity,
      member,
    });
    this.#sessions[member] = created;
    return created;
  }
}
