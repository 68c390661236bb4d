import type { ImageGeometry } from '@nnunet/volume';
import { forecastCase, memoryOfCase, secondsBeside } from '../case-forecast.ts';
import type { TilingOptions } from '../fold-ensemble.ts';
import type { ModelRules } from '../model-rules.ts';
import { countEvaluations } from '../place-tiles.ts';
import { nodeEnsemble } from './node-ensemble.ts';

export interface ForecastOptions extends Pick<TilingOptions, 'mirrorAxes' | 'stepSize'> {
  /** Networks whose results are averaged. */
  folds: number;
  saveProbabilities?: boolean;
}

/** What predicting an image takes, as its header tells: upper bounds, because cropping can only reduce the size. */
export interface PredictionForecast {
  /** Evaluations of the networks of all folds, mirrored versions included. */
  evaluations: number;
  /** Before and after the network. */
  secondsBeside: number;
  /** Bytes for the image and its results, in addition to the program and its networks. */
  memory: number;
}

/** Forecasts the prediction of an image by the rules of a model that need not be trained yet. */
export function forecastPrediction(
  rules: ModelRules,
  image: ImageGeometry,
  { folds, saveProbabilities, ...tiling }: ForecastOptions,
): PredictionForecast {
  const ensemble = nodeEnsemble(
    rules,
    Array.from({ length: folds }, () => new Map()),
  );
  const forecast = forecastCase(rules, image);
  const shape = [rules.channels, ...forecast.networkShape];
  const memory = memoryOfCase(rules, forecast, { sumBytes: ensemble.sumBytes(shape), saveProbabilities });
  return {
    evaluations: folds * countEvaluations(ensemble.placement(shape, tiling)),
    secondsBeside: secondsBeside(forecast, rules.channels, rules.description.network.classes),
    memory: Math.max(memory.preparing, memory.predicting),
  };
}
