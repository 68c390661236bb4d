import type { DatasetDescription, Plans } from '@nnunet/schema';

/** Names of a card's files in a model folder. */
export const MODEL_CARD = { json: 'model_card.json', text: 'model_card.md' } as const;

/** What users should know about a model. Written into archives as model_card.json and model_card.md. */
export interface ModelCard {
  format: 'nnunet-model-card';
  version: 1;
  /** ISO 8601. */
  exported: string;
  task: string;
  configuration: string;
  trainer: string;
  plans: string;
  folds: string[];
  data: {
    name: string | null;
    description: string | null;
    reference: string | null;
    licence: string | null;
    release: string | null;
    /** Channel to its name and intensity normalisation. */
    modalities: Record<string, { name: string; normalisation: string }>;
    /** Label value to name; of a task with regions, the values of each, `1 + 2`, to its name. */
    labels: Record<string, string>;
    trainingCases: number;
    /** mm, (z, y, x), of the images. */
    medianSpacing: number[] | null;
    /** Voxels, (z, y, x). */
    medianSize: number[] | null;
  };
  network: {
    /** mm, in the network's axis order, like the following fields. */
    spacing: number[];
    patchSize: number[];
    batchSize: number;
    parameters: number | null;
    architecture: string | null;
    preprocessor: string;
    /** Labels written for overlapping regions; null for ordinary labels. */
    regionClassOrder: number[] | null;
  };
  /** Per fold, the differences from nnU-Net's own training: '' if there are none, null if unknown. */
  training: { fold: string; epochs: number | null; changedSettings: string | null }[];
  /** Dice of the validation cases before postprocessing; null if there was no validation. */
  scores: { from: string; cases: number; dice: Record<string, number | null>; mean: number | null } | null;
  /** In words; null if not determined. */
  postprocessing: string | null;
  /** What 8-bit integers cost with the preset quick, in words; null where floating point is used. */
  integers: string | null;
}

/** The data section of the card, from the plans and, if available, dataset.json. */
export function dataOf(plans: Plans, dataset: DatasetDescription | null): ModelCard['data'] {
  const modalities: ModelCard['data']['modalities'] = {};
  for (const [channel, name] of Object.entries(plans.modalities))
    modalities[channel] = { name, normalisation: plans.normalization_schemes[channel] ?? 'nonCT' };
  const labels: Record<string, string> = { '0': 'background' };
  for (const label of plans.all_classes) labels[label] = `label ${label}`;
  return {
    name: dataset?.name ?? null,
    description: dataset?.description ?? null,
    reference: dataset?.reference ?? null,
    licence: dataset?.licence ?? null,
    release: dataset?.release ?? null,
    modalities,
    labels: regionNames(plans) ?? dataset?.labels ?? labels,
    trainingCases: plans.original_sizes.length,
    medianSpacing: medianOf(plans.original_spacings),
    medianSize: medianOf(plans.original_sizes),
  };
}

/** The key of a region in a card: the values of its labels, `1 + 2`. */
export function regionKey({ values }: { values: readonly number[] }): string {
  return values.join(' + ');
}

function regionNames({ regions }: Plans): Record<string, string> | null {
  if (regions === undefined) return null;
  return Object.fromEntries([['0', 'background'], ...regions.map((region) => [regionKey(region), region.name])]);
}

/** Returns the median of each axis; null if there are no rows. */
export function medianOf(rows: readonly (readonly number[])[]): number[] | null {
  if (rows.length === 0) return null;
  return rows[0]!.map((_, axis) => {
    const values = rows.map((row) => row[axis]!).sort((a, b) => a - b);
    const half = values.length >> 1;
    const median = values.length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
    return Number(median.toPrecision(6));
  });
}
