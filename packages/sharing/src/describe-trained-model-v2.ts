import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ModelContentV2, readModelFolderV2 } from '@nnunet/inference/node/internal';
import { meanWithoutNaN } from '@nnunet/metrics/internal';
import { configurationV2, type PlansV2 } from '@nnunet/network/internal';
import { type Fold, parseJsonWithNaN } from '@nnunet/schema';
import { readTextFile } from '@nnunet/tensor/node/internal';
import { type ModelCard, medianOf } from './model-card.ts';

type Json = Record<string, unknown>;

/**
 * Makes the card of a model of nnU-Net v2, `<DATASET>/<TRAINER>__<PLANS>__<CONFIGURATION>`, from what its folder
 * contains.
 *
 * @throws NnUNetError the errors of `loadModel`: the model cannot be predicted with
 */
export async function describeTrainedModelV2(folder: string): Promise<ModelCard> {
  const folds = await foldsOf(folder);
  const { description, members, plans, dataset } = await readModelFolderV2(folder, { folds });
  const own = configurationV2(plans as unknown as PlansV2, description.configuration) as unknown as Json;
  const fold = ({ file }: ModelContentV2['members'][number]) => basename(dirname(file));
  const { network, preprocessing } = description;
  const weights = [...(members[0]?.weights.values() ?? [])];
  return {
    format: 'nnunet-model-card',
    version: 1,
    exported: new Date().toISOString(),
    task: basename(dirname(folder)),
    configuration: description.configuration,
    trainer: description.trainer,
    plans: basename(folder).split('__')[1] ?? textOf(plans.plans_name) ?? 'nnUNetPlans',
    folds: members.map((member) => fold(member).replace('fold_', '')),
    data: {
      name: textOf(dataset.name),
      description: textOf(dataset.description),
      reference: textOf(dataset.reference),
      licence: textOf(dataset.licence) ?? textOf(dataset.license),
      release: textOf(dataset.release),
      modalities: Object.fromEntries(
        Object.entries((dataset.channel_names ?? dataset.modality) as Record<string, string>).map(([channel, name]) => [
          channel,
          { name, normalisation: preprocessing.normalizationSchemes[Number(channel)] ?? '' },
        ]),
      ),
      labels: Object.fromEntries(
        Object.entries(dataset.labels as Record<string, number | number[]>)
          // Voxels that nobody annotated are neither predicted nor scored.
          .filter(([name]) => name !== 'ignore')
          .map(([name, values]) => [[values].flat().join(' + '), name]),
      ),
      ...(await trainingDataOf(folder, dataset)),
    },
    network: {
      spacing: [...preprocessing.spacing],
      patchSize: description.patchSize,
      batchSize: Number(own.batch_size),
      parameters: weights.reduce((sum, { data }) => sum + data.length, 0),
      architecture: network.architecture,
      preprocessor: textOf(own.preprocessor_name) ?? 'DefaultPreprocessor',
      regionClassOrder: description.regionClassOrder,
    },
    training: members.map((member) => ({ fold: fold(member), epochs: member.epochs, changedSettings: null })),
    scores: await scoresOf(folder, members.map(fold)),
    postprocessing: null,
    integers: null,
  };
}

/** Returns the folds with a final checkpoint. */
async function foldsOf(folder: string): Promise<Fold[]> {
  const names = (await readdir(folder))
    .filter((name) => /^fold_(\d+|all)$/.test(name) && existsSync(join(folder, name, 'checkpoint_final.pth')))
    .sort();
  return names.map((name) => (name === 'fold_all' ? 'all' : Number(name.replace('fold_', ''))));
}

async function trainingDataOf(
  folder: string,
  dataset: Json,
): Promise<Pick<ModelCard['data'], 'trainingCases' | 'medianSpacing' | 'medianSize'>> {
  const fingerprint = await readIfThere(join(folder, 'dataset_fingerprint.json'));
  const rows = (key: string) => (Array.isArray(fingerprint[key]) ? (fingerprint[key] as number[][]) : []);
  const spacings = rows('spacings');
  return {
    trainingCases: spacings.length || Number(dataset.numTraining ?? 0),
    medianSpacing: medianOf(spacings),
    medianSize: medianOf(rows('shapes_after_crop')),
  };
}

/** Returns the scores of the first validated fold, of v2's summary.json. */
async function scoresOf(folder: string, folds: readonly string[]): Promise<ModelCard['scores']> {
  for (const fold of folds) {
    const { mean, metric_per_case: cases } = await readIfThere(join(folder, fold, 'validation', 'summary.json'));
    if (typeof mean !== 'object' || mean === null || !Array.isArray(cases)) continue;
    const dice = Object.fromEntries(
      Object.entries(mean as Record<string, { Dice?: number | null }>).map(([label, { Dice }]) => [
        // Regions are named as Python prints them: (1, 2).
        label.replaceAll(/[()\s]/g, '').replaceAll(',', ' + '),
        typeof Dice === 'number' && !Number.isNaN(Dice) ? Dice : null,
      ]),
    );
    const average = meanWithoutNaN(Object.values(dice).map((value) => value ?? Number.NaN));
    const from =
      fold === 'fold_all' ? 'the training cases themselves, which says little' : `${fold} alone`.replace('_', ' ');
    return { from, cases: cases.length, dice, mean: Number.isNaN(average) ? null : average };
  }
  return null;
}

async function readIfThere(file: string): Promise<Json> {
  const value = existsSync(file) ? parseJsonWithNaN(await readTextFile(file), file) : null;
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
