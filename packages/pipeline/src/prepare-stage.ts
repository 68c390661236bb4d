import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { joinPath, type Plans, stageFolderName } from '@nnunet/dataset';
import {
  checkMadeFrom,
  hashMadeFrom,
  hashSettings,
  MADE_FROM_FILE,
  type MadeFrom,
  readMadeFrom,
  writeMadeFrom,
} from '@nnunet/dataset/node';
import { preprocessorFor } from '@nnunet/preprocess';
import { preprocessTask } from '@nnunet/preprocess/node';
import type { Reporter } from './reporter.ts';

export interface PrepareStageOptions {
  plans: Plans;
  stage: number;
  cases: readonly string[];
  croppedFolder: string;
  /** `<preprocessed>/<TASK>` */
  taskFolder: string;
  workers: number;
  /** Modules with preprocessors of the user's own. */
  plugins?: readonly string[];
  reporter: Reporter;
  signal?: AbortSignal;
}

/** Prepares all cases for one stage of the plans, anew, and records what they were made from. Returns the stage's folder. */
export async function prepareStage(options: PrepareStageOptions): Promise<string> {
  const { plans, stage, cases, croppedFolder, taskFolder, workers, plugins, reporter, signal } = options;
  const name = stageFolderName(plans.data_identifier, stage);
  const outFolder = joinPath(taskFolder, name);
  // Before anything is removed: throws for a preprocessor that no plug-in brought.
  preprocessorFor(plans);
  await rm(joinPath(outFolder, MADE_FROM_FILE), { force: true });
  await removeOtherCases(outFolder, new Set(cases));
  await preprocessTask({
    croppedFolder,
    outFolder,
    plans,
    stage,
    cases,
    workers,
    plugins,
    signal,
    onProgress: ({ id, done, total }) => reporter.progress({ what: `preprocessing ${name}`, done, total, note: id }),
  });
  await writeMadeFrom(outFolder, await stageSources(plans, stage, croppedFolder, null));
  return outFolder;
}

/**
 * Refuses prepared cases that were made from other raw data or by other plans than there are now. The cropped folder may
 * be gone (data are often prepared on one machine and trained on with another): then the plans alone are compared.
 * @throws NnUNetError 'stale'
 */
export async function checkStage(
  plans: Plans,
  stage: number,
  taskFolder: string,
  croppedFolder: string | null,
): Promise<string | null> {
  const folder = joinPath(taskFolder, stageFolderName(plans.data_identifier, stage));
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
  const sources: Record<string, string> = { plans: hashSettings(preprocessingSettings(plans, stage)) };
  if (cropped !== null) sources['cropped cases'] = hashMadeFrom(cropped);
  else if (fallback?.sources['cropped cases'] !== undefined)
    sources['cropped cases'] = fallback.sources['cropped cases'];
  return { sources };
}

/** What of the plans decides the arrays. Patch, batch and network are left out: a user may change them and go on. */
function preprocessingSettings(plans: Plans, stage: number): unknown {
  const { normalization_schemes, use_mask_for_norm, transpose_forward, preprocessor_name, all_classes, modalities } =
    plans;
  return {
    normalization_schemes,
    use_mask_for_norm,
    transpose_forward,
    preprocessor_name,
    all_classes,
    modalities,
    intensityproperties: plans.dataset_properties.intensityproperties,
    current_spacing: plans.plans_per_stage[stage]?.current_spacing,
  };
}

/** Cases that the dataset no longer has would otherwise be trained on. */
async function removeOtherCases(folder: string, keep: ReadonlySet<string>): Promise<void> {
  if (!existsSync(folder)) return;
  for (const file of await readdir(folder)) {
    const id = /^(.+?)(?:_locations)?\.(?:npy|npz|json)$/.exec(file)?.[1];
    if (id !== undefined && file !== MADE_FROM_FILE && !keep.has(id)) await rm(joinPath(folder, file));
  }
}
