import { FILE_NAMES } from '@nnunet/dataset';
import { cropCase, preprocessTestCase } from '@nnunet/preprocess';
import type { Tensor, TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { PredictionMode } from '../case-prediction.ts';
import type { WeightMap } from '../checkpoint-format.ts';
import { type ModelDescription, needsPreviousStage } from '../model-description.ts';
import { Prediction } from '../prediction.ts';
import { withPreviousStage } from '../previous-stage.ts';
import { tilingRules } from '../tiling-rules.ts';
import { FoldEnsemble, type SessionOptions, type TilingOptions } from './fold-ensemble.ts';
import { missingPreviousStage, type PredictOptions, type TrainedModel } from './trained-model.ts';

/** A model of this program or of v1: one or several folds of one configuration. Dispose of it after use. */
export class Model implements TrainedModel {
  readonly generation = 1;
  readonly #ensemble: FoldEnsemble;

  /** @param members weights per fold */
  constructor(
    readonly description: ModelDescription,
    members: readonly WeightMap[],
    options: SessionOptions = {},
  ) {
    this.#ensemble = new FoldEnsemble(tilingRules(description), members, options);
  }

  /** Number of folds whose probabilities are averaged. */
  get folds(): number {
    return this.#ensemble.folds;
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

  /** The plans. */
  get settings(): Readonly<Record<string, unknown>> {
    return { [FILE_NAMES.modelPlans]: this.description.plans };
  }

  /**
   * Segments a case: preprocessing, prediction in tiles, and everything back to the original image.
   *
   * @param images one per modality, in the order of the training; or the only one
   * @throws NnUNetError 'bad-case', 'missing-previous-stage', 'bad-previous-stage'
   */
  async predict(
    images: Volume<TypedArray> | readonly Volume<TypedArray>[],
    options: PredictOptions = {},
  ): Promise<Prediction> {
    const { description } = this;
    const { id = 'case', files, previousSegmentation, ...tiling } = options;
    const prepared = preprocessTestCase(
      cropCase([images].flat(), null, { id, files }),
      description.plans,
      description.stage,
    );
    options.signal?.throwIfAborted();
    let input: Tensor<Float32Array> = prepared;
    if (needsPreviousStage(description)) {
      if (previousSegmentation === undefined) throw missingPreviousStage(id);
      const { transpose_forward: transposeForward, all_classes: classes } = description.plans;
      input = withPreviousStage(prepared, previousSegmentation, { transposeForward, classes });
    }
    return new Prediction(description, await this.predictPrepared(input, tiling), prepared.properties);
  }

  /**
   * Mean probabilities over the folds of a preprocessed image.
   *
   * @param image (channels, z, y, x), network order, with the one-hot channels of the stage before where there are any
   * @returns (classes, z, y, x), network order
   */
  predictPrepared(image: Tensor<Float32Array>, options: TilingOptions = {}): Promise<Tensor<Float32Array>> {
    return this.#ensemble.predict(image, options);
  }

  /** Frees the memory of the networks. */
  dispose(): Promise<void> {
    return this.#ensemble.dispose();
  }
}
