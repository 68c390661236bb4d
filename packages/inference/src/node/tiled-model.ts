import { createHash } from 'node:crypto';
import type { Tensor, TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { CasePrediction, PredictionMode } from '../case-prediction.ts';
import { type CaseRules, predictionOf, prepareInput, withoutPostprocessing } from '../case-stages.ts';
import type { WeightMap } from '../checkpoint-format.ts';
import type { TilingRules } from '../tiling-rules.ts';
import { FoldEnsemble, type SessionOptions } from './fold-ensemble.ts';
import type { PredictOptions, TrainedModel } from './trained-model.ts';

/** What models of v1 and of v2 have in common. */
export abstract class TiledModel<P extends CasePrediction> implements TrainedModel {
  readonly ensemble: FoldEnsemble;
  readonly identity: string;
  abstract readonly description: TrainedModel['description'];
  abstract readonly channels: number;
  abstract readonly needsPreviousStage: boolean;
  abstract readonly modes: readonly PredictionMode[];
  abstract readonly settings: Readonly<Record<string, unknown>>;

  /** @param members weights per fold */
  constructor(
    readonly rules: CaseRules,
    tiling: TilingRules,
    members: readonly WeightMap[],
    options: SessionOptions,
  ) {
    this.ensemble = new FoldEnsemble(tiling, members, options);
    this.identity = identityOf(members);
  }

  get generation(): 1 | 2 {
    return this.rules.generation;
  }

  get folds(): number {
    return this.ensemble.folds;
  }

  async predict(images: Volume<TypedArray> | readonly Volume<TypedArray>[], options: PredictOptions = {}): Promise<P> {
    const { id = 'case', files, previousSegmentation, postprocess = true, grid, onNotice, ...tiling } = options;
    const input = { images: [images].flat() as Volume<TypedArray>[], id, files, previousSegmentation, grid };
    const { image, notices, ...geometry } = prepareInput(this.rules, input);
    for (const notice of notices) onNotice?.(notice);
    options.signal?.throwIfAborted();
    const scores: Tensor<Float32Array> = await this.ensemble.predict(image, tiling);
    return predictionOf(postprocess ? this.rules : withoutPostprocessing(this.rules), geometry, scores) as P;
  }

  dispose(): Promise<void> {
    return this.ensemble.dispose();
  }
}

/** Of every tensor as many numbers as tell two trainings apart: to go through all would take long. */
const NUMBERS = 16;

function identityOf(members: readonly WeightMap[]): string {
  const hash = createHash('sha256');
  for (const weights of members) {
    for (const [name, { data, shape }] of weights) {
      hash.update(`${name} ${shape.join('x')}\n`);
      hash.update(new Uint8Array(data.slice(0, NUMBERS).buffer));
    }
  }
  return hash.digest('hex');
}
