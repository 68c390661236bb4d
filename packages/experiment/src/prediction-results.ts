import { existsSync } from 'node:fs';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import { findCases } from '@nnunet/inference/node';
import type { Configuration } from '@nnunet/schema';
import { FILE_NAMES, foldFolderName, joinPath } from '@nnunet/schema/internal';
import { readValidationRecord } from '@nnunet/store/internal';
import type { ExperimentContext } from './experiment-context.ts';
import { foldFolder } from './experiment-models.ts';
import type { Job } from './job.ts';
import { commandOf, folderOfPrediction, inShell, membersOf } from './job-command.ts';
import type { JobRecord } from './job-record.ts';
import { diceIn, type JobResults, MISSING, sameSet, timeOf } from './result-files.ts';

/** Hashes of the models that a job predicts with or merges, by configuration and fold; empty for other jobs. */
export async function modelsOf(job: Job, context: ExperimentContext): Promise<Record<string, string>> {
  const merged = job.kind === 'merge' ? (context.choice?.best.members ?? []) : [];
  const configurations = job.kind === 'predict' ? [job.configuration!] : merged;
  const models: Record<string, string> = {};
  for (const configuration of configurations as Configuration[]) {
    const folds = context.jobs.find(
      (other) => other.kind === 'predict' && other.configuration === configuration,
    )?.folds;
    for (const fold of folds ?? []) {
      const folder = foldFolder(context, configuration, fold);
      const record = await readValidationRecord(joinPath(folder, FILE_NAMES.validation));
      const checkpoint = joinPath(folder, CHECKPOINT_NAMES.final + CHECKPOINT_SUFFIX);
      // Without a validation, the time of the checkpoint tells models apart.
      models[`${configuration}/${foldFolderName(fold)}`] = record?.model?.sha256 ?? String(await timeOf(checkpoint));
    }
  }
  return models;
}

/** Whether the last finished attempt ran the same command on the same models. */
async function ranAlike(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  const last = record?.attempts.filter(({ outcome }) => outcome === 'done').at(-1);
  const command = commandOf(job, context.inCommands);
  if (last === undefined || command === null || last.command !== inShell(command)) return false;
  const models = await modelsOf(job, context);
  const before = record!.madeFrom ?? {};
  return (
    sameSet(Object.keys(models), Object.keys(before)) && Object.keys(models).every((key) => models[key] === before[key])
  );
}

/** Ids of the images to predict. */
async function casesOf({ settings, extensions }: ExperimentContext): Promise<string[]> {
  // The first modality of every case is enough to know its name.
  const { cases } = await findCases(settings.prediction!.images, 1, extensions.formats);
  return cases.map(({ id }) => id);
}

/** Whether a part of the images is predicted by the present models. */
export async function isPredicted(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const { output, parts } = context.settings.prediction!;
  const members = membersOf(job, context.choice)!;
  const folder = folderOfPrediction(output, job.configuration!, members);
  const endings = members.length > 1 && members.includes(job.configuration!) ? ['.nii.gz', '.npz'] : ['.nii.gz'];
  const own = (await casesOf(context)).filter((_, i) => i % parts === job.part);
  return own.every((id) => endings.every((ending) => existsSync(joinPath(folder, id + ending))));
}

/** Whether all images are merged, after they were predicted. */
export async function isMerged(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const { output } = context.settings.prediction!;
  const members = context.choice!.best.members;
  for (const id of await casesOf(context)) {
    const merged = await timeOf(joinPath(output, `${id}.nii.gz`));
    for (const member of members) if (merged < (await timeOf(joinPath(output, member, `${id}.npz`)))) return false;
    if (merged === 0) return false;
  }
  return true;
}

/** Whether the scores are newer than the label maps that they compare. */
export async function scores(context: ExperimentContext, record: JobRecord | null): Promise<JobResults> {
  const { output, references } = context.settings.prediction!;
  const file = joinPath(output, 'summary.json');
  const scored = await timeOf(file);
  if (scored === 0 || record === null) return MISSING;
  for (const id of await casesOf(context)) {
    const inputs = [joinPath(output, `${id}.nii.gz`), joinPath(references!, `${id}.nii.gz`)];
    for (const input of inputs) if (scored < (await timeOf(input))) return MISSING;
  }
  return { done: true, dice: await diceIn(file) };
}

/** Whether the report is newer than the last end of every job that it shows. */
export async function isReported(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const written = await timeOf(context.folder.reportFile);
  const others = await Promise.all(context.jobs.filter(({ id }) => id !== job.id).map(({ id }) => context.record(id)));
  const ends = others.flatMap((other) => other?.attempts.filter(({ outcome }) => outcome === 'done') ?? []);
  return written > 0 && ends.every(({ ended }) => Date.parse(ended!) <= written);
}
