import { NnUNetError } from '@nnunet/errors';
import { cropCase, preprocessTestCase } from '@nnunet/preprocess';
import type { Tensor, TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { WeightMap } from '../checkpoint-format.ts';
import { type ModelDescription, needsPreviousStage } from '../model-description.ts';
import { Prediction } from '../prediction.ts';
import { type LabelMap, withPreviousStage } from '../previous-stage.ts';
import { FoldEnsemble, type SessionOptions, type TilingOptions } from './fold-ensemble.ts';

export interface PredictOptions extends TilingOptions {
  /** Name of the case for messages. */
  id?: string;
  /** Files of the images, for the properties. */
  files?: readonly string[];
  /** Labels that the stage before has found in this image; needed by a cascade's second stage. */
  previousSegmentation?: LabelMap;
}

/** A trained model: one or several folds of one configuration. Dispose of it after use. */
export class Model {
  readonly #ensemble: FoldEnsemble;

  /** @param members weights per fold */
  constructor(
    readonly description: ModelDescription,
    members: readonly WeightMap[],
    options: SessionOptions = {},
  ) {
    this.#ensemble = new FoldEnsemble(description, members, options);
  }

  /** Number of folds whose probabilities are averaged. */
  get folds(): number {
    return this.#ensemble.folds;
  }

  /**
   * Segments a case: preprocessing, prediction in tiles, and everything back to the original image.
   *
   * @param images one per modality, in the order of the training
   * @throws NnUNetError 'bad-case', 'missing-previous-stage', 'bad-previous-stage'
   */
  async predict(images: readonly Volume<TypedArray>[], options: PredictOptions = {}): Promise<Prediction> {
    const { description } = this;
    const { id = 'case', files, previousSegmentation, ...tiling } = options;
    const prepared = preprocessTestCase(cropCase(images, null, { id, files }), description.plans, description.stage);
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

function missingPreviousStage(id: string): NnUNetError {
  return new NnUNetError('missing-previous-stage', {
    what: `the cascade needs the 3d_lowres segmentation of ${id}`,
    remedy: 'Predict with 3d_lowres first and give its result.',
  });
}
