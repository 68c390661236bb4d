import { basename } from 'node:path';
import { hashWeights, type ValidatedModel } from '@nnunet/store/internal';
import type { CheckpointKind } from '../training-ports.ts';
import type { FoldFolder } from './fold-folder.ts';

/**
 * Names a fold's model for the records of what it has predicted; null for the latest checkpoint, which goes away with the
 * next epoch, or after the validation: nothing can belong to it.
 */
export async function validatedModel(
  folder: FoldFolder,
  kind: CheckpointKind,
  signal: AbortSignal,
): Promise<ValidatedModel | null> {
  if (kind === 'latest') return null;
  const file = folder.file(kind);
  return { file: basename(file), sha256: await hashWeights(file, { signal }) };
}
