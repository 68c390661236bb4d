import type { PortableError } from '@nnunet/errors/internal';
import type { AugmentationRecipe } from '../recipe.ts';
import type { Batch, BatchKey } from '../sample-batch.ts';
import type { SourceDescription } from './source-description.ts';

/** What a thread starts with. */
export interface BatchWorkerData {
  source: SourceDescription;
  recipe: AugmentationRecipe;
  validation: boolean;
}

export interface BatchRequest {
  index: number;
  key: BatchKey;
}

export type BatchAnswer = { index: number; batch: Batch } | { index: number; error: PortableError };

/** The buffers of a batch, each once, to be handed over instead of copied. */
export function buffersOf(batch: Batch): ArrayBuffer[] {
  return [...new Set([batch.data.buffer, ...batch.targets.map((t) => t.data.buffer)])] as ArrayBuffer[];
}
