import { existsSync } from 'node:fs';
import { verifyDataset } from '@nnunet/dataset/node';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import { readSummary } from '@nnunet/metrics/node';
import { CONFIGURATIONS } from '@nnunet/schema';
import {
  caseIdOfEntry,
  checkConfiguration,
  ensembleName,
  ensemblesFolder,
  FILE_NAMES,
  joinPath,
  modelFolder,
  trainerOf,
} from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';
import { stateFromJson } from '@nnunet/trainer/internal';
import { foldFolders, type TrainedModelFolder } from '../trained-models.ts';
import { imagesOfCase, type TaskCase } from './case-files.ts';
import { ifExists } from './existing-files.ts';
import type { ReportRules } from './report-rules.ts';

const ENDING = '.nii.gz';

const byId = (a: TaskCase, b: TaskCase): number => (a.id < b.id ? -1 : 1);

/** Tasks of v1, and of this program in v1's form. */
export const reportV1: ReportRules = {
  name: 'nnU-Net v1',

  async describe({ raw, preprocessed }) {
    const file = [raw, preprocessed].flatMap((folder) => ifExists(folder, FILE_NAMES.dataset) ?? [])[0];
    if (file === undefined) return null;
    const { name, modality, training, test, ...labels } = await readDatasetDescription(file);
    const modalities = Object.values(modality);
    const imagesOf = (folder: string, entry: string) =>
      imagesOfCase(joinPath(raw!, folder), caseIdOfEntry(entry), { channels: modalities.length, ending: ENDING });
    const cases = (): TaskCase[] => [
      ...training
        .map(({ image, label }) => ({
          id: caseIdOfEntry(image),
          training: true,
          images: imagesOf('imagesTr', image),
          labelFile: ifExists(raw, 'labelsTr', caseIdOfEntry(label) + ENDING),
        }))
        .sort(byId),
      ...test
        .map((entry) => ({
          id: caseIdOfEntry(entry),
          training: false,
          images: imagesOf('imagesTs', entry),
          labelFile: null,
        }))
        .sort(byId),
    ];
    return {
      ...labels,
      name: name ?? '',
      modalities,
      fileEnding: ENDING,
      reader: null,
      cases: raw === null ? null : cases(),
    };
  },

  async verify(taskFolder, { variables: _, known: __, ...options }) {
    return (await verifyDataset({ taskFolder, level: 'quick', ...options })).faults;
  },

  choiceOf: (choice) => choice,

  async models(roots, task, choice) {
    const { configurations = CONFIGURATIONS, plansIdentifier: plans } = choice;
    const found: TrainedModelFolder[] = [];
    for (const configuration of configurations.map(checkConfiguration)) {
      const trainer = trainerOf(choice, configuration);
      const folder = modelFolder(roots, { configuration, task, trainer, plans });
      if (!existsSync(folder)) continue;
      found.push({ configuration, trainer, plans, folder, folds: await foldFolders(folder, /^(?:fold_(\d+)|(all))$/) });
    }
    return found;
  },

  async training(foldFolder) {
    for (const kind of ['final', 'latest'] as const) {
      const file = joinPath(foldFolder, CHECKPOINT_NAMES[kind] + CHECKPOINT_SUFFIX);
      if (!existsSync(file)) continue;
      const { json } = await readCheckpointJson(file);
      // Checkpoints that were exported or imported have no state.
      return json.state === undefined ? null : { state: stateFromJson(json.state, file), knowsSettings: true };
    }
    return null;
  },

  validation: FILE_NAMES.validation,
  readSummary,

  async collected({ folder }) {
    const [raw, postprocessed] = [joinPath(folder, 'cv_niftis_raw'), joinPath(folder, 'cv_niftis_postprocessed')];
    return { raw, postprocessed, rule: joinPath(folder, FILE_NAMES.postprocessing) };
  },

  async ensemble(roots, task, members) {
    const name = ensembleName(...members);
    const folder = ensemblesFolder(roots, task, name);
    const [raw, postprocessed] = [joinPath(folder, 'ensembled_raw'), joinPath(folder, 'ensembled_postprocessed')];
    return { name, raw, postprocessed, rule: joinPath(folder, FILE_NAMES.postprocessing) };
  },

  decides: 'nnUNet_determine_postprocessing decides',
};
