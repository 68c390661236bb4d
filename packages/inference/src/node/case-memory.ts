import type { NnUNetError } from '@nnunet/errors';
import { type CaseForecast, type CaseMemory, memoryOfCase } from '../case-forecast.ts';
import type { ModelRules } from '../model-rules.ts';
import type { PredictFolderOptions } from './folder-options.ts';
import { tooLittleMemory } from './memory-limit.ts';

/** Bytes that cases may take together, the program and its networks not counted; and what those take. */
export interface Room {
  room: number;
  program: number;
}

/** The model's rules, as far as they are wanted. */
export function rulesOf({ model, postprocess = true }: PredictFolderOptions): ModelRules {
  return postprocess ? model.rules : model.rules.withoutPostprocessing();
}

/** What a case takes at most. */
export function memoryIn(forecast: CaseForecast, options: PredictFolderOptions): CaseMemory {
  const { model, saveProbabilities, mode } = options;
  const sumBytes = model.ensemble.sumBytes([model.channels, ...forecast.networkShape]);
  return memoryOfCase(rulesOf(options), forecast, { sumBytes, saveProbabilities, mode });
}

/** Why a case is not begun; null where it fits, or where that shows when it is read. */
export function refusalOf(
  { id, forecast }: { id: string; forecast: CaseForecast | null },
  options: PredictFolderOptions,
  { room, program }: Room,
): NnUNetError | null {
  if (forecast === null) return null;
  const { preparing, predicting } = memoryIn(forecast, options);
  const bytes = Math.max(preparing, predicting);
  if (bytes <= room) return null;
  const stage = preparing > predicting ? 'preparing the case' : 'predicting the case';
  const probabilities = options.saveProbabilities ?? false;
  return tooLittleMemory(id, { program, stage, bytes, allowed: room + program, probabilities, forecast });
}
