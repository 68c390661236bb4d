import { type LoweringChoice, PredictionSession } from '@nnunet/network/node';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import type { WeightMap } from '../checkpoint-format.ts';
import { countEvaluations } from '../predict-tiled.ts';
import type { TileProgress } from '../tiled-prediction-options.ts';
import type { TilingRules } from '../tiling-rules.ts';

export interface TilingOptions {
  /** Predict in all mirrored versions that the model allows; true. */
  mirroring?: boolean;
  /** Share of a patch between tiles; 0.5. */
  stepSize?: number;
  /** Weight the middle of a tile more; true. */
  gaussian?: boolean;
  signal?: AbortSignal;
  /** Network evaluations of all folds together. */
  onProgress?: (progress: TileProgress) => void;
}

export interface SessionOptions {
  /** Patches per network evaluation; by default one in 3D and up to four small ones in 2D. */
  batchSize?: number;
  /** How the network is computed; by default the fastest way that this machine can. */
  lowering?: LoweringChoice;
  /** Physical cores if not given. */
  threads?: number;
}

/** Larger runs are no faster and need more memory (tools/bench/prediction.mjs): one 3D patch, or four 2D ones of 56 x 40. */
const VOXELS_PER_RUN = 10_000;
const MOST_PATCHES_PER_RUN = 4;

/** The networks of one or several folds, whose results are averaged. Sessions are made once and used again. */
export class FoldEnsemble {
  readonly #sessions: (Promise<PredictionSession> | null)[];
  readonly #batchSize: number;

  constructor(
    private readonly rules: TilingRules,
    private readonly members: readonly WeightMap[],
    private readonly options: SessionOptions = {},
  ) {
    this.#sessions = members.map(() => null);
    const patches = Math.floor(VOXELS_PER_RUN / sizeOf(rules.patchSize));
    this.#batchSize = options.batchSize ?? Math.min(MOST_PATCHES_PER_RUN, Math.max(1, patches));
  }

  get folds(): number {
    return this.members.length;
  }

  /**
   * Mean result of a preprocessed image.
   *
   * @param data (channels, z, y, x), network order, with the one-hot channels of the stage before where there are any
   * @returns (classes, z, y, x), network order
   */
  async predict(image: Tensor<Float32Array>, options: TilingOptions = {}): Promise<Tensor<Float32Array>> {
    const { rules } = this;
    const shape = image.shape as [number, number, number, number];
    const size = shape.slice(1) as [number, number, number];
    const mirrorAxes = (options.mirroring ?? true) ? rules.mirrorAxes : [];
    const tiling = { patchSize: rules.patchSize, stepSize: options.stepSize ?? 0.5, mirrorAxes };
    const each = countEvaluations({ ...tiling, imageSize: size });
    let sum: Float32Array | null = null;
    for (let member = 0; member < this.folds; member++) {
      options.signal?.throwIfAborted();
      const session = await this.#session(member);
      const result = await rules.predictTiled({
        ...tiling,
        data: image.data,
        shape,
        classes: rules.network.classes,
        gaussian: options.gaussian,
        batchSize: this.#batchSize,
        predictPatches: (patches, count) => session.predict(patches, count),
        signal: options.signal,
        onProgress: ({ done }) => options.onProgress?.({ done: member * each + done, total: this.folds * each }),
      });
      if (sum === null) sum = result;
      else rules.addFold(sum, result);
    }
    if (this.folds > 1) rules.divide(sum!, this.folds);
    return { data: sum!, shape: [rules.network.classes, ...size] };
  }

  /** Frees the sessions. */
  async dispose(): Promise<void> {
    for (const [i, session] of this.#sessions.entries()) {
      this.#sessions[i] = null;
      await (await session)?.dispose();
    }
  }

  #session(member: number): Promise<PredictionSession> {
    const known = this.#sessions[member];
    if (known) return known;
    const created = PredictionSession.create({
      description: this.rules.network,
      weights: this.members[member],
      patchSize: this.rules.patchSize,
      batchSize: this.#batchSize,
      nonlinearity: this.rules.nonlinearity,
      lowering: this.options.lowering,
      threads: this.options.threads,
    });
    this.#sessions[member] = created;
    return created;
  }
}
