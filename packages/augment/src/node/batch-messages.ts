import { isNnUNetError, NnUNetError } from '@nnunet/errors';
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

/** An error that crossed a thread border: classes do not survive it. */
export interface ErrorParts {
  tag: string;
  what: string;
  where?: string;
  remedy?: string;
  stack?: string;
}

export type BatchAnswer = { index: number; batch: Batch } | { index: number; error: ErrorParts };

export function errorParts(error: unknown): ErrorParts {
  if (!isNnUNetError(error)) {
    return error instanceof Error
      ? { tag: 'batch-failed', what: error.message, stack: error.stack }
      : { tag: 'batch-failed', what: String(error) };
  }
  const { tag, where, remedy, stack } = error;
  let what = error.message;
  if (where !== undefined && what.startsWith(`${where}: `)) what = what.slice(where.length + 2);
  if (remedy && what.endsWith(`\n  ${remedy}`)) what = what.slice(0, -remedy.length - 3);
  return { tag, what, where, remedy, stack };
}

export function errorFromParts({ tag, what, where, remedy, stack }: ErrorParts): NnUNetError {
  const cause = stack === undefined ? undefined : new Error(`in the loader's thread: ${stack}`);
  return new NnUNetError(tag, { what, where, remedy, cause });
}

/** The buffers of a batch, each once, to be handed over instead of copied. */
export function buffersOf(batch: Batch): ArrayBuffer[] {
  return [...new Set([batch.data.buffer, ...batch.targets.map((t) => t.data.buffer)])] as ArrayBuffer[];
}
