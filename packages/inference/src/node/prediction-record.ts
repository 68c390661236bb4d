import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { formatJson } from '@nnunet/schema';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { TrainedModel } from './trained-model.ts';

/** Written next to the label maps: the model that predicted them. */
const FILE = 'predicted_by.json';

/**
 * Records which model predicts into a folder.
 *
 * @param kept cases whose label maps are kept
 * @throws NnUNetError 'other-model' if those are from another model; a folder without a record is accepted
 */
export async function recordModel(folder: string, model: TrainedModel, kept: readonly string[]): Promise<void> {
  const file = join(folder, FILE);
  const before = await identityIn(file);
  if (before === model.identity) return;
  if (before !== null && kept.length > 0) {
    throw new NnUNetError('other-model', {
      what: `these label maps were predicted by another model or other folds: ${listed(kept, 5)}`,
      where: folder,
      remedy: 'Use another output folder, or predict them again with `overwrite`.',
    });
  }
  const { trainer, configuration } = model.description;
  await writeFileAtomic(file, formatJson({ model: model.identity, trainer, configuration, folds: model.folds }));
}

async function identityIn(file: string): Promise<string | null> {
  if (!existsSync(file)) return null;
  try {
    const { model } = JSON.parse(await readFile(file, 'utf8'));
    return typeof model === 'string' ? model : null;
  } catch {
    return null;
  }
}
