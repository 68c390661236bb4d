import type { PredictionMode } from '../case-prediction.ts';
import type { WeightMap } from '../checkpoint-format.ts';
import { tilingRulesV2 } from '../tiling-rules.ts';
import type { ModelDescriptionV2 } from '../v2/model-description-v2.ts';
import type { PredictionV2 } from '../v2/prediction-v2.ts';
import type { SessionOptions } from './fold-ensemble.ts';
import { TiledModel } from './tiled-model.ts';

/** A model of nnU-Net v2, which predicts by v2's rules; also refuses infinite logits ('bad-prediction'). */
export class ModelV2 extends TiledModel<PredictionV2> {
  readonly modes: readonly PredictionMode[] = ['normal'];

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
    super({ generation: 2, description }, tilingRulesV2(description), members, options);
  }

  get channels(): number {
    return this.description.channels;
  }

  get needsPreviousStage(): boolean {
    return this.description.previousLabels !== null;
  }
}
