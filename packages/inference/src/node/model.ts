import type { PostprocessingRule } from '@nnunet/postprocess';
import { FILE_NAMES } from '@nnunet/schema/internal';
import type { Tensor } from '@nnunet/tensor';
import type { PredictionMode } from '../case-prediction.ts';
import type { WeightMap } from '../checkpoint-format.ts';
import { type ModelDescription, needsPreviousStage } from '../model-description.ts';
import type { Prediction } from '../prediction.ts';
import { tilingRules } from '../tiling-rules.ts';
import type { SessionOptions, TilingOptions } from './fold-ensemble.ts';
import { TiledModel } from './tiled-model.ts';

/** What a model's folder says is done to its label maps. */
export interface ModelPostprocessing {
  rule: PostprocessingRule;
  /** The content of the file. */
  content: unknown;
}

/** A model of this program or of v1: one or several folds of one configuration. Dispose of it after use. */
export class Model extends TiledModel<Prediction> {
  readonly #postprocessing: ModelPostprocessing | null;

  /** @param members weights per fold */
  constructor(
    readonly description: ModelDescription,
    members: readonly WeightMap[],
    { postprocessing = null, ...options }: SessionOptions & { postprocessing?: ModelPostprocessing | null } = {},
  ) {
    const rules = { generation: 1, description, postprocessing: postprocessing?.rule ?? null } as const;
    super(rules, tilingRules(description), members, options);
    this.#postprocessing = postprocessing;
  }

  get channels(): number {
    return this.description.plans.num_modalities;
  }

  get needsPreviousStage(): boolean {
    return needsPreviousStage(this.description);
  }

  /** v1 has quick ways to labels, unless they are regions. */
  get modes(): readonly PredictionMode[] {
    return this.description.regionClassOrder === null ? ['normal', 'fast', 'fastest'] : ['normal'];
  }

  /** The plans, and the postprocessing. */
  get settings(): Readonly<Record<string, unknown>> {
    const plans = { [FILE_NAMES.modelPlans]: this.description.plans };
    const given = this.#postprocessing;
    return given === null ? plans : { ...plans, [FILE_NAMES.postprocessing]: given.content };
  }

  /**
   * Mean probabilities over the folds of a preprocessed image.
   *
   * @param image (channels, z, y, x), network order, with the one-hot channels of the stage before where there are any
   * @returns (classes, z, y, x), network order
   */
  predictPrepared(image: Tensor<Float32Array>, options: TilingOptions = {}): Promise<Tensor<Float32Array>> {
    return this.ensemble.predict(image, options);
  }
}
