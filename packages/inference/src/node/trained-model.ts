import type { PreprocessingLookup } from '@nnunet/preprocess';
import type { TypedArray } from '@nnunet/tensor';
import type { GridRule, Volume } from '@nnunet/volume';
import type { GridNotice } from '@nnunet/volume/internal';
import type { CasePrediction } from '../case-prediction.ts';
import type { WeightMap } from '../checkpoint-format.ts';
import type { FoldEnsemble, TilingOptions } from '../fold-ensemble.ts';
import type { ModelDescription } from '../model-description.ts';
import type { ModelPostprocessing, ModelRules, NamedLabels } from '../model-rules.ts';
import type { Prediction } from '../prediction.ts';
import { prepareInput } from '../prepare-input.ts';
import type { LabelMap } from '../previous-stage.ts';
import { RulesV1 } from '../rules-v1.ts';
import type { ModelDescriptionV2 } from '../v2/model-description-v2.ts';
import type { PredictionV2 } from '../v2/prediction-v2.ts';
import { RulesV2 } from '../v2/rules-v2.ts';
import type { IntegerChoice } from './integer-choice.ts';
import { identityOf } from './model-identity.ts';
import { nodeEnsemble, type SessionOptions } from './node-ensemble.ts';

export interface PredictOptions extends TilingOptions, PreprocessingLookup {
  /** Name of the case for error messages. */
  id?: string;
  /** File names of the images, for the properties. */
  files?: readonly string[];
  /** Apply the model's `postprocessing.json` to the label map, as nnUNet_predict does. Default: true. */
  postprocess?: boolean;
  /** The previous stage's labels of this image; required for a cascade's second stage. */
  previousSegmentation?: LabelMap;
  /** How the positions of the images and of the previous stage's labels are compared. */
  grid?: GridRule;
  /** Called about images that lie slightly apart. */
  onNotice?: (notice: GridNotice) => void;
}

export interface ModelOptions extends SessionOptions {
  /** Default: floating point. */
  integers?: IntegerChoice | null;
}

/** A trained model of this program, of nnU-Net v1 or of v2; `version` distinguishes them. Dispose of it after use. */
export type TrainedModel = Model | ModelV2;

/** The common part of v1's and v2's models: one or more folds of one configuration. */
abstract class RuledModel<R extends ModelRules<P>, P extends CasePrediction> {
  /** The networks, for preprocessed cases. */
  readonly ensemble: FoldEnsemble;
  /** Identifies the model by its weights: a hash of some values of every tensor. */
  readonly identity: string;
  /** Whether it computes with 8-bit integers, and the reason; null if that was not asked for. */
  readonly integers: IntegerChoice | null;

  /**
   * @param rules the rules by which it predicts
   * @param members weights per fold
   */
  constructor(
    readonly rules: R,
    members: readonly WeightMap[],
    { integers = null, ...options }: ModelOptions,
  ) {
    this.integers = integers;
    this.ensemble = nodeEnsemble(rules, members, { ...options, ranges: integers?.ranges });
    this.identity = identityOf(members);
  }

  get version(): R['version'] {
    return this.rules.version;
  }

  get description(): R['description'] {
    return this.rules.description;
  }

  /** Number of folds whose results are averaged. */
  get folds(): number {
    return this.ensemble.folds;
  }

  /** Images per case. */
  get channels(): number {
    return this.rules.channels;
  }

  /** Names of the images of a case, in order: those of the training data's dataset.json. */
  get channelNames(): readonly string[] {
    return this.rules.channelNames;
  }

  /** Names of the labels by value; empty if the model does not know them. */
  get labelNames(): NamedLabels {
    return this.rules.labelNames;
  }

  /** Whether `previousSegmentation` is required. */
  get needsPreviousStage(): boolean {
    return this.rules.needsPreviousStage;
  }

  /**
   * Segments a case: preprocessing, tiled prediction, and the transformation back to the original image.
   *
   * @param images one per channel, in the order used in training; or the only one
   * @throws NnUNetError 'bad-case', 'other-grid', 'missing-previous-stage', 'bad-previous-stage', 'unknown-preprocessor', 'unknown-normalization'; 'bad-prediction' for
   * infinite logits of v2; the signal's reason when aborted
   */
  async predict(images: Volume<TypedArray> | readonly Volume<TypedArray>[], options: PredictOptions = {}): Promise<P> {
    const { id = 'case', files, previousSegmentation, postprocess = true, grid, onNotice, ...others } = options;
    const { preprocessors, normalizations, ...tiling } = others;
    const lookup = { preprocessors, normalizations };
    const input = { images: [images].flat() as Volume<TypedArray>[], id, files, previousSegmentation, grid, ...lookup };
    const { image, notices, ...geometry } = prepareInput(this.rules, input);
    for (const notice of notices) onNotice?.(notice);
    options.signal?.throwIfAborted();
    const scores = await this.ensemble.predict(image, tiling);
    return (postprocess ? this.rules : this.rules.withoutPostprocessing()).prediction(geometry, scores);
  }

  /** Frees the networks' memory. */
  dispose(): Promise<void> {
    return this.ensemble.dispose();
  }
}

/** A model of this program or of v1. */
export class Model extends RuledModel<RulesV1, Prediction> {
  /** @param members weights per fold */
  constructor(
    description: ModelDescription,
    members: readonly WeightMap[],
    { postprocessing, ...options }: ModelOptions & { postprocessing?: ModelPostprocessing | null } = {},
  ) {
    super(new RulesV1(description, postprocessing), members, options);
  }
}

/** A model of nnU-Net v2. */
export class ModelV2 extends RuledModel<RulesV2, PredictionV2> {
  /**
   * @param members weights per fold
   * @param files the texts of plans.json and dataset.json
   */
  constructor(
    description: ModelDescriptionV2,
    members: readonly WeightMap[],
    files: Readonly<Record<string, string>>,
    options: ModelOptions = {},
  ) {
    super(new RulesV2(description, files), members, options);
  }
}
