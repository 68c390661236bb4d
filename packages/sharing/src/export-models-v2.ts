import { existsSync } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import type { Reporter } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import { datasetModelsFolder, joinPath } from '@nnunet/schema/internal';
import { resolveDataset } from '@nnunet/store/internal';
import { isFolder, namesIn } from '@nnunet/tensor/node/internal';
import { packArchive } from './pack-archive.ts';

export interface ExportModelsV2Options {
  roots: Roots;
  /** Id or name. */
  dataset: string;
  zipFile: string;
  configurations: readonly string[];
  trainer: string;
  plans: string;
  folds: readonly string[];
  /** Such as checkpoint_final.pth. */
  checkpoints: readonly string[];
  /** Throw if a configuration is missing, instead of leaving it out. */
  strict: boolean;
  /** Also export the label maps of the cross-validation. */
  predictions: boolean;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** What v2 needs of a model to predict, and what it has besides. */
const OF_MODEL = { needed: ['plans.json', 'dataset.json'], usual: ['dataset_fingerprint.json'] } as const;
const OF_CROSS_VALIDATION = ['summary.json', 'postprocessing.pkl', 'postprocessing.json'];

/**
 * Implements nnUNetv2_export_model_to_zip: writes trained models of a dataset of v2 and what was found about them to an
 * archive with v2's members. Returns the folders of the models.
 * Origin: v2's model_sharing/model_export.py. With `strict` false, missing configurations are left out, which v2's own
 * option fails to do; inference_instructions.txt, which v2 looks for under another name, is exported too.
 *
 * @throws NnUNetError 'missing-model', 'missing-file' naming what a model lacks
 */
export async function exportModelsV2(options: ExportModelsV2Options): Promise<string[]> {
  const { roots, zipFile, strict, reporter, signal } = options;
  const dataset = await resolveDataset(options.dataset, roots, 'nnUNet_export_model_to_zip -t TASK -o FILE.zip');
  const results = datasetModelsFolder(roots, dataset);
  const files: string[] = [];
  const exported: string[] = [];
  for (const configuration of new Set(options.configurations)) {
    const name = `${options.trainer}__${options.plans}__${configuration}`;
    if (await isFolder(joinPath(results, name))) {
      files.push(...(await filesOfModel(results, name, options)));
      exported.push(name);
      continue;
    }
    const missing = { what: 'this model is not trained', where: joinPath(results, name) };
    if (strict) {
      const remedy = 'Train it, choose others with `configurations`, or leave out what is missing (`strict: false`).';
      throw new NnUNetError('missing-model', { ...missing, remedy });
    }
    reporter.warning(`${configuration} is left out: there is no ${missing.where}`);
  }
  if (exported.length === 0) {
    throw new NnUNetError('missing-model', {
      what: 'none of the configurations is trained',
      where: results,
      remedy: 'Check `dataset`, `configurations`, `trainer` and `plansIdentifier`.',
    });
  }
  const ensembles = joinPath(results, 'ensembles');
  for (const name of (await isFolder(ensembles)) ? await namesIn(ensembles) : []) {
    const members = name.split('___').slice(1, -1);
    if (members.length === 0 || !members.every((member) => exported.includes(member))) continue;
    files.push(...(await crossValidation(results, `ensembles/${name}`, options)));
  }
  const found = ['inference_information.json', 'inference_instructions.txt'];
  files.push(...found.filter((file) => existsSync(joinPath(results, file))));
  reporter.message(`${dataset}: ${exported.join(', ')} (rules of nnU-Net v2)`);
  const sources = files.map((file) => ({ name: `${dataset}/${file}`, file: joinPath(results, file) }));
  await packArchive(zipFile, sources, { reporter, signal });
  return exported.map((name) => `${dataset}/${name}`);
}

/** Files of a model to export, below the results of its dataset. */
async function filesOfModel(results: string, name: string, options: ExportModelsV2Options): Promise<string[]> {
  const { folds, checkpoints, predictions, reporter } = options;
  const is = (file: string) => existsSync(joinPath(results, file));
  const needed: string[] = OF_MODEL.needed.map((file) => `${name}/${file}`);
  const usual: string[] = OF_MODEL.usual.map((file) => `${name}/${file}`);
  const others: string[] = [];
  for (const fold of folds) {
    const folder = `${name}/fold_${fold}`;
    needed.push(...checkpoints.map((file) => `${folder}/${file}`));
    usual.push(`${folder}/progress.png`);
    others.push(...['debug.json', 'network_architecture.pdf'].map((file) => `${folder}/${file}`));
    if (!predictions) usual.push(`${folder}/validation/summary.json`);
    else others.push(...(await predictionsIn(results, `${folder}/validation`)));
  }
  const missing = needed.filter((file) => !is(file));
  if (missing.length > 0) {
    throw new NnUNetError('missing-file', {
      what: `the model lacks ${listed(missing)}`,
      where: results,
      remedy:
        'Finish the training of all folds, or choose folds and checkpoints that are there (`folds`, `checkpoints`).',
    });
  }
  const unusual = usual.filter((file) => !is(file));
  if (unusual.length > 0) reporter.warning(`the model has no ${listed(unusual)}, which v2 would export too`);
  const collected = await crossValidation(results, `${name}/crossval_results_folds_${folds.join('_')}`, options);
  return [...needed, ...[...usual, ...others].filter(is), ...collected];
}

async function crossValidation(results: string, folder: string, { predictions }: ExportModelsV2Options) {
  const whole = joinPath(results, folder);
  if (!(await isFolder(whole))) return [];
  if (predictions) return predictionsIn(results, folder);
  return OF_CROSS_VALIDATION.map((file) => `${folder}/${file}`).filter((file) => existsSync(joinPath(results, file)));
}

/** All files of a folder but probabilities and their properties. */
async function predictionsIn(results: string, folder: string): Promise<string[]> {
  const whole = joinPath(results, folder);
  const names = (await isFolder(whole)) ? await namesIn(whole) : [];
  const files: string[] = [];
  for (const name of names) {
    const isProbability = name.endsWith('.npz') || (name.endsWith('.pkl') && name !== 'postprocessing.pkl');
    if (!name.startsWith('.') && !isProbability && !(await isFolder(joinPath(whole, name))))
      files.push(`${folder}/${name}`);
  }
  return files;
}
