import { type LoweringChoice, PredictionSession } from '@nnunet/network/node';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import type { WeightMap } from '../checkpoint-format.ts';
import { type ModelDescription, patchSizeOf } from '../model-description.ts';
import { countEvaluations, predictTiled, type TileProgress } from '../predict-tiled.ts';

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
  /** Patches per network evaluation; by default as many of 8 as make about a million voxels. */
  batchSize?: number;
  /** How the network is computed; by default the fastest way that this machine can. */
  lowering?: LoweringChoice;
  /** Physical cores if not given. */
  threads?: number;
}

const BATCH_VOXELS = 2 ** 20;

/** The networks of one or several folds, whose probabilities are averaged. Sessions are made once and used again. */
export class FoldEnsemble {
  readonly #sessions: (Promise<PredictionSession> | null)[];
  readonly #batchSize: number;

  constructor(
    readonly description: ModelDescription,
    private readonly members: readonly WeightMap[],
    private readonly options: SessionOptions = {},
  ) {
    this.#sessions = members.map(() => null);
    const perPatch = Math.max(1, Math.floor(BATCH_VOXELS / sizeOf(patchSizeOf(description))));
    this.#batchSize = options.batchSize ?? Math.min(8, perPatch);
  }

  get folds(): number {
    return this.members.length;
  }

  /**
   * Mean probabilities of a preprocessed image.
   *
   * @param data (channels, z, y, x), network order, with the one-hot channels of the stage before where there are any
   * @returns (classes, z, y, x), network order
   */
  async predict(image: Tensor<Float32Array>, options: TilingOptions = {}): Promise<Tensor<Float32Array>> {
    const { description } = this;
    const shape = image.shape as [number, number, number, number];
    const size = shape.slice(1) as [number, number, number];
    const mirrorAxes = (options.mirroring ?? true) ? description.mirrorAxes : [];
    const tiling = { patchSize: patchSizeOf(description), stepSize: options.stepSize ?? 0.5, mirrorAxes };
    const each = countEvaluations({ ...tiling, imageSize: size });
    let mean: Float32Array | null = null;
    for (let member = 0; member < this.folds; member++) {
      options.signal?.throwIfAborted();
      const session = await this.#session(member);
      const softmax = await predictTiled({
        ...tiling,
        data: image.data,
        shape,
        classes: description.network.classes,
        gaussian: options.gaussian,
        batchSize: this.#batchSize,
        predictPatches: (patches, count) => session.predict(patches, count),
        signal: options.signal,
        onProgress: ({ done }) => options.onProgress?.({ done: member * each + done, total: this.folds * each }),
      });
      if (mean === null) mean = softmax;
      else for (let i = 0; i < mean.length; i++) mean[i] += softmax[i];
    }
    if (this.folds > 1) for (let i = 0; i < mean!.length; i++) mean![i] /= this.folds;
    return { data: mean!, shape: [description.network.classes, ...size] };
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
      description: this.description.network,
      weights: this.members[member],
      patchSize: patchSizeOf(this.description),
      batchSize: this.#batchSize,
      nonlinearity: this.description.nonlinearity,
      lowering: this.options.lowering,
      threads: this.options.threads,
    });
    this.#sessions[member] = created;
    return created;
  }
}
