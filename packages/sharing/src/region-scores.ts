import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { counted, listed } from '@nnunet/errors/internal';
import { meanWithoutNaN } from '@nnunet/metrics/internal';
import type { Fold, Plans } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { type ModelCard, regionKey } from './model-card.ts';

type Region = NonNullable<Plans['regions']>[number];

/**
 * Returns the Dice of regions over the validation cases of all folds, from the tables that validations write beside their
 * summaries (`summary.csv`, four decimals); null if there are none. Fold `all` counts only if there is no other.
 */
export async function regionScoresOf(
  modelFolder: string,
  folds: readonly Fold[],
  regions: readonly Region[],
): Promise<ModelCard['scores']> {
  const numbered = folds.filter((fold) => fold !== 'all');
  const rows: number[][] = [];
  const read: Fold[] = [];
  for (const fold of numbered.length > 0 ? numbered : folds) {
    const file = join(modelFolder, foldFolderName(fold), FILE_NAMES.validation, 'summary.csv');
    const lines = existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : [];
    if (lines[0] !== ['casename', ...regions.map(({ name }) => name)].join(',')) continue;
    const end = lines.findIndex((line) => line.startsWith('mean,'));
    rows.push(...lines.slice(1, end).map((line) => line.split(',').slice(-regions.length).map(Number)));
    read.push(fold);
  }
  if (rows.length === 0) return null;
  const means = regions.map((_, r) => meanWithoutNaN(rows.map((row) => row[r]!)));
  const finite = (value: number) => (Number.isNaN(value) ? null : value);
  return {
    from: read.includes('all')
      ? 'the training cases themselves, which says little'
      : read.length === 1
        ? `fold ${read[0]} alone`
        : `${counted(read.length, 'fold')}, ${listed(read.map(String))}`,
    cases: rows.length,
    dice: Object.fromEntries(regions.map((region, r) => [regionKey(region), finite(means[r]!)])),
    mean: finite(meanWithoutNaN(means)),
  };
}
