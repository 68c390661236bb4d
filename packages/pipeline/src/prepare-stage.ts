import { existsSync } from 'node:fs';
import { type PreprocessingLookup, preprocessorFor } from '@nnunet/preprocess';
import { modulesOf } from '@nnunet/preprocess/internal';
import { type CaseSources, preprocessTask } from '@nnunet/preprocess/node';
import { sourcesToPrepare } from '@nnunet/preprocess/node/internal';
import type { Plans } from '@nnunet/schema';
import { joinPath, learntOf, stageFolderName } from '@nnunet/schema/internal';
import { listCases, withLock } from '@nnunet/store';
import {
  checkMadeFrom,
  hashFile,
  hashMadeFrom,
  hashSettings,
  type MadeFrom,
  readMadeFrom,
  requireFinished,
} from '@nnunet/store/internal';
import { prepareFolder } from './prepare-folder.ts';
import type { Reporter } from './reporter.ts';

/** The lookup is for the preprocessor and the normalisation schemes that the plans name. */
export interface PrepareStageOptions extends PreprocessingLookup {
  plans: Plans;
  stage: number;
  cases: readonly string[];
  croppedFolder: string;
  /** `<preprocessed>/<TASK>` */
  taskFolder: string;
  workers: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Prepares all cases for one stage of the plans, and records their sources. Complete cases of an earlier run are kept
 * if they were made from the same cropped case with the same settings, so a stopped run continues where it was. If
 * several processes prepare the same stage, the others wait. Returns the stage's folder.
 */
export async function prepareStage(options: PrepareStageOptions): Promise<string> {
  const { plans, stage, taskFolder, preprocessors, normalizations, reporter, signal } = options;
  const name = stageFolderName(plans.data_identifier, stage);
  // Before anything is removed: throws for a preprocessor or a scheme that no plug-in provides.
  preprocessorFor(plans, preprocessors, normalizations);
  const tell = (text: string) => reporter.message(text);
  return withLock(
    joinPath(taskFolder, `.${name}.lock`),
    { purpose: `the preprocessing of ${name}`, onTakeOver: tell, onWait: tell, signal },
    (signal) => prepareAlone({ ...options, signal }, joinPath(taskFolder, name)),
  );
}

async function prepareAlone(options: PrepareStageOptions, outFolder: string): Promise<string> {
  const { plans, stage, cases, croppedFolder, workers, preprocessors, normalizations, reporter, signal } = options;
  const settings = await caseSettings(options);
  await prepareFolder({
    folder: outFolder,
    cases,
    sources: await stageSources(plans, stage, croppedFolder, null),
    sourcesOf: (id) => sourcesToPrepare(croppedFolder, id, settings),
    prepare: (pending, madeFrom, onProgress) =>
      preprocessTask({
        croppedFolder,
        outFolder,
        plans,
        stage,
        cases: pending,
        madeFrom,
        workers,
        preprocessors,
        normalizations,
        signal,
        onProgress,
      }),
    reporter,
    signal,
  });
  return outFolder;
}

/**
 * Returns what determines a prepared case apart from the cropped one: settings of the plans, and the user's own
 * modules.
 */
async function caseSettings({ plans, stage, ...lookup }: PrepareStageOptions): Promise<CaseSources> {
  const settings: CaseSources = { plans: hashSettings(preprocessingSettings(plans, stage)) };
  const hashes: string[] = [];
  for (const file of modulesOf(lookup)) hashes.push(await hashFile(file));
  if (hashes.length > 0) settings.plugins = hashSettings(hashes);
  return settings;
}

/**
 * Refuses prepared cases that were made from other raw data or with other plans than the current ones. If the cropped
 * folder is missing (data are often prepared on one machine and trained on another), only the plans are compared.
 *
 * @throws NnUNetError 'stale', 'unfinished' if preprocessing was stopped, 'missing-file' if it has not begun
 */
export async function checkStage(
  plans: Plans,
  stage: number,
  taskFolder: string,
  croppedFolder: string | null,
): Promise<string | null> {
  const folder = joinPath(taskFolder, stageFolderName(plans.data_identifier, stage));
  await listCases(folder);
  const recorded = await readMadeFrom(folder);
  return await checkMadeFrom(folder, await stageSources(plans, stage, croppedFolder, recorded));
}

async function stageSources(
  plans: Plans,
  stage: number,
  croppedFolder: string | null,
  fallback: MadeFrom | null,
): Promise<MadeFrom> {
  const cropped = croppedFolder !== null && existsSync(croppedFolder) ? await readMadeFrom(croppedFolder) : null;
  if (croppedFolder !== null) requireFinished(croppedFolder, cropped);
  const sources: Record<string, string> = { plans: hashSettings(preprocessingSettings(plans, stage)) };
  if (cropped !== null) sources['cropped cases'] = hashMadeFrom(cropped);
  else if (fallback?.sources['cropped cases'] !== undefined)
    sources['cropped cases'] = fallback.sources['cropped cases'];
  return { sources };
}

/**
 * Returns the part of the plans that determines the arrays. Patch size, batch size and network are excluded: the user
 * may change them without preprocessing again.
 */
function preprocessingSettings(plans: Plans, stage: number): unknown {
  const { normalization_schemes, use_mask_for_norm, transpose_forward, preprocessor_name, modalities } = plans;
  return {
    normalization_schemes,
    use_mask_for_norm,
    transpose_forward,
    preprocessor_name,
    ...learntOf(plans),
    modalities,
    intensityproperties: plans.dataset_properties.intensityproperties,
    current_spacing: plans.plans_per_stage[stage]?.current_spacing,
  };
}
