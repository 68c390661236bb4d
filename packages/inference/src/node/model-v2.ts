import { NnUNetError } from '@nnunet/errors';
import { preprocessV2, reorientArray } from '@nnunet/preprocess';
import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { PredictionMode } from '../case-prediction.ts';
import type { WeightMap } from '../checkpoint-format.ts';
import type { LabelMap } from '../previous-stage.ts';
import { tilingRulesV2 } from '../tiling-rules.ts';
import { asReadByV2, type ImageV2 } from '../v2/image-v2.ts';
import type { ModelDescriptionV2 } from '../v2/model-description-v2.ts';
import { PredictionV2 } from '../v2/prediction-v2.ts';
import { FoldEnsemble, type SessionOptions } from './fold-ensemble.ts';
import { missingPreviousStage, type PredictOptions, type TrainedModel } from './trained-model.ts';

/** A model of nnU-Net v2, which predicts by v2's rules. */
export class ModelV2 implements TrainedModel {
  readonly generation = 2;
  readonly modes: readonly PredictionMode[] = ['normal'];
  readonly #ensemble: FoldEnsemble;

  /**
   * @param members weights per fold
   * @param settings plans.json and dataset.json
   */
  constructor(
    readonly description: ModelDescriptionV2,
    members: readonly WeightMap[],
    readonly settings: Readonly<Record<string, unknown>>,
    options: SessionOptions = {},
  ) {
    this.#ensemble = new FoldEnsemble(tilingRulesV2(description), members, options);
  }

  get folds(): number {
    return this.#ensemble.folds;
  }

  get channels(): number {
    return this.description.channels;
  }

  get needsPreviousStage(): boolean {
    return this.description.previousLabels !== null;
  }

  /** As {@link TrainedModel.predict}. @throws also NnUNetError 'bad-prediction' for infinite logits */
  async predict(
    images: Volume<TypedArray> | readonly Volume<TypedArray>[],
    options: PredictOptions = {},
  ): Promise<PredictionV2> {
    const { description } = this;
    const { id = 'case', files, previousSegmentation, ...tiling } = options;
    const originals = [images].flat() as Volume<TypedArray>[];
    const read = originals.map((image) => asReadByV2(image, description.reorients));
    const prepared = preprocessV2(
      read.map(({ image }) => image),
      this.#previous(read[0], originals[0], previousSegmentation, id),
      description.preprocessing,
      { id, files },
    );
    options.signal?.throwIfAborted();
    const logits = await this.#ensemble.predict(prepared, tiling);
    const { data: _, ...geometry } = originals[0];
    return new PredictionV2(description, logits, prepared.properties, { geometry, orientation: read[0].orientation });
  }

  dispose(): Promise<void> {
    return this.#ensemble.dispose();
  }

  /** The labels of the stage before, turned as the image was. */
  #previous(
    read: ImageV2 | undefined,
    original: Volume<TypedArray> | undefined,
    labels: LabelMap | undefined,
    id: string,
  ) {
    const { previousLabels: classes } = this.description;
    if (classes === null || read === undefined || original === undefined) return null;
    if (labels === undefined) throw missingPreviousStage(id);
    if (labels.shape.join() !== original.shape.join()) {
      throw new NnUNetError('bad-previous-stage', {
        what: `the segmentation of the stage before has ${labels.shape.join(' x ')} voxels, the image ${original.shape.join(' x ')}`,
        where: id,
        remedy: 'Give the 3d_lowres prediction of this very image.',
      });
    }
    const data = reorientArray(Float32Array.from(labels.data), original.shape, read.orientation);
    return { labels: { ...read.image, data }, classes };
  }
}
