import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { imagesByCaseV2, type PathVariables, rawCasesV2, verifyDatasetV2 } from '@nnunet/dataset/node';
import { isNnUNetError } from '@nnunet/errors';
import { aggregateScores } from '@nnunet/metrics';
import { readSummaryV2 } from '@nnunet/metrics/node';
import { classKeyV2, classOfKeyV2 } from '@nnunet/metrics/v2';
import { plansNameV2, readingOfDataset, trainerNameV2 } from '@nnunet/pipeline/internal';
import type { DatasetV2 } from '@nnunet/schema';
import { datasetLabelsV2, datasetModelsFolder, FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { readDatasetV2 } from '@nnunet/store/internal';
import { namesIn } from '@nnunet/tensor/node/internal';
import { NAMES_V2, readTrainingV2 } from '@nnunet/trainer/node/internal';
import { FLAT_READER } from '../node/task-formats.ts';
import { foldFolders, type TrainedModelFolder } from '../trained-models.ts';
import { ifExists } from './existing-files.ts';
import type { CollectedFolders, ReportRules, TaskDescription, TaskFolders } from './report-rules.ts';

/** Datasets of nnU-Net v2, whose models are trained by this program or by v2 itself. */
export const reportV2: ReportRules = {
  name: 'nnU-Net v2',

  async describe(folders, reading) {
    const found = await datasetIn(folders);
    if (found === null) return null;
    const { dataset, file } = found;
    const read = readingOfDataset(dataset, { folder: dirname(file), ...reading });
    return {
      name: '',
      modalities: dataset.channelNames,
      fileEnding: dataset.fileEnding,
      reader: await read.then(
        ({ reader }) => reader,
        (error: unknown) => {
          // A format of the user's own, or one that the check of the files tells.
          if (isNnUNetError(error, 'unsupported-reader')) return null;
          throw error;
        },
      ),
      ...datasetLabelsV2(dataset),
      cases: folders.raw === null ? null : await casesIn(folders.raw, dataset, reading.variables),
    };
  },

  async verify(folder, { known, ...options }) {
    const file = joinPath(folder, FILE_NAMES.dataset);
    // What makes dataset.json unreadable is told by the check.
    const dataset = await readDatasetV2(file).catch(() => null);
    const reading = dataset && (await readingOfDataset(dataset, { folder, known, ...options }).catch(() => null));
    const severalPerFile = reading?.reader === FLAT_READER;
    const formats = reading?.formats ?? known;
    return (await verifyDatasetV2({ folder, level: 'quick', formats, severalPerFile, ...options })).faults;
  },

  choiceOf: ({ trainer, plansIdentifier, ...choice }) => {
    const own = trainerNameV2(trainer);
    return { ...choice, trainer: own, cascadeTrainer: own, plansIdentifier: plansNameV2(plansIdentifier) };
  },

  async models(roots, task, { configurations, trainer, plansIdentifier: plans }) {
    const parent = datasetModelsFolder(roots, task);
    const names = existsSync(parent) ? await namesIn(parent) : [];
    const found: TrainedModelFolder[] = [];
    for (const name of names.sort()) {
      const [itsTrainer, itsPlans, configuration, ...more] = name.split('__');
      if (itsTrainer !== trainer || itsPlans !== plans || configuration === undefined || more.length > 0) continue;
      if (configurations !== undefined && !configurations.includes(configuration)) continue;
      const folder = joinPath(parent, name);
      found.push({ configuration, trainer, plans, folder, folds: await foldFolders(folder, /^fold_(?:(\d+)|(all))$/) });
    }
    return found;
  },

  async training(foldFolder) {
    for (const kind of ['final', 'latest', 'best'] as const) {
      const file = joinPath(foldFolder, NAMES_V2.checkpoint(kind));
      if (!existsSync(file)) continue;
      const { state, knowsSettings } = await readTrainingV2(file);
      // How many epochs were asked of v2 itself is not written down.
      return { state: knowsSettings ? state : { ...state, finished: kind === 'final' }, knowsSettings };
    }
    return null;
  },

  validation: FILE_NAMES.validationV2,

  async readSummary(file, description) {
    const { metric_per_case: cases } = await readSummaryV2(file);
    const names = regionNames(description, Object.keys(cases[0]?.metrics ?? {}));
    return aggregateScores(
      cases.map(({ metrics, prediction_file: test, reference_file: reference }) => {
        const scores = Object.fromEntries(
          Object.entries(metrics).map(([key, one]) => [names?.[key] ?? key, { ...one }]),
        );
        const files = { test: withoutEnding(test, description), reference };
        return names === null ? { ...files, scores } : { ...files, scores: {}, regions: scores };
      }),
      names === null
        ? {}
        : {
            regions: Object.fromEntries(Object.entries(names).map(([key, name]) => [name, [classOfKeyV2(key)].flat()])),
          },
    );
  },

  async collected({ folder }) {
    const names = (await namesIn(folder)).filter((name) => /^crossval_results_folds(_\d+)+$/.test(name));
    return ofMostFolds(folder, names);
  },

  async ensemble(roots, task, members) {
    const parent = joinPath(datasetModelsFolder(roots, task), 'ensembles');
    const models = members.map(({ trainer, plans, configuration }) => `${trainer}__${plans}__${configuration}`);
    const names = existsSync(parent) ? await namesIn(parent) : [];
    const own = [models, [...models].reverse()].map((pair) => `ensemble___${pair.join('___')}___`);
    const fitting = names.filter((name) => own.some((begin) => name.startsWith(begin)));
    const found = ofMostFolds(parent, fitting);
    return found && { ...found, name: found.raw.split('/').at(-1)! };
  },

  decides: 'nnUNetv2_find_best_configuration decides for the best of all',
};

/** Names of regions by their keys in summary.json, which stand for names that are not known; null where labels are scored. */
function regionNames(description: TaskDescription | null, keys: readonly string[]): Record<string, string> | null {
  const known = description?.regions?.map(({ name, values, single }) => [
    classKeyV2(single ? values[0]! : [...values]),
    name,
  ]);
  if (known !== undefined) return Object.fromEntries(known);
  return keys.some((key) => key.startsWith('(')) ? Object.fromEntries(keys.map((key) => [key, key])) : null;
}

function withoutEnding(file: string, description: TaskDescription | null): string {
  const { fileEnding = '.nii.gz' } = description ?? {};
  return file.endsWith(fileEnding) ? file.slice(0, -fileEnding.length) : file;
}

/** Reads dataset.json of the raw or the preprocessed folder. */
async function datasetIn({ raw, preprocessed }: TaskFolders): Promise<{ dataset: DatasetV2; file: string } | null> {
  const file = [raw, preprocessed].flatMap((folder) => ifExists(folder, FILE_NAMES.dataset) ?? [])[0];
  return file === undefined ? null : { dataset: await readDatasetV2(file), file };
}

async function casesIn(raw: string, dataset: DatasetV2, variables?: PathVariables): Promise<TaskDescription['cases']> {
  const training =
    ifExists(raw, 'imagesTr') === null && dataset.files === null ? [] : await rawCasesV2(raw, dataset, variables);
  const test = ifExists(raw, 'imagesTs');
  const images = test === null ? [] : await imagesByCaseV2(test, dataset.fileEnding);
  return [
    ...training.map((one) => ({
      id: one.id,
      training: true,
      images: one.images.every((file) => existsSync(file)) ? [...one.images] : [],
      labelFile: ifExists(one.labels),
    })),
    ...images.map((one) => ({ ...one, training: false, labelFile: null })),
  ];
}

/** The folder, among those named after their folds, with most of them. */
function ofMostFolds(parent: string, names: readonly string[]): CollectedFolders | null {
  const count = (name: string) => name.split('_').length;
  const [most] = [...names].sort((a, b) => count(b) - count(a));
  if (most === undefined) return null;
  const raw = joinPath(parent, most);
  return { raw, postprocessed: joinPath(raw, 'postprocessed'), rule: joinPath(raw, FILE_NAMES.postprocessing) };
}
