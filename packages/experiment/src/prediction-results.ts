import { existsSync } from 'node:fs';
import { foldFolderName, joinPath } from '@nnunet/schema/internal';
import { hashFile, readValidationRecord } from '@nnunet/store/internal';
import type { ExperimentContext } from './experiment-context.ts';
import { foldFolder } from './experiment-models.ts';
import type { Job } from './job.ts';
import { commandOf } from './job-command.ts';
import { membersOf } from './job-members.ts';
import type { JobRecord } from './job-record.ts';
import { type JobResults, MISSING, sameSet, timeOf } from './result-files.ts';
import { rulesOfExperiment } from './rules-of-experiment.ts';
import { inShell } from './shell-command.ts';

/**
 * Hashes of the models that a job predicts with, merges or postprocesses, by configuration and fold, and of the
 * postprocessing; empty for other jobs.
 */
export async function modelsOf(job: Job, context: ExperimentContext): Promise<Record<string, string>> {
  const { kind, configuration } = job;
  const { models: names } = rulesOfExperiment(context.settings.task);
  const merged = kind === 'merge' || kind === 'postprocess' ? (membersOf(job, context.choice) ?? []) : [];
  const models: Record<string, string> = {};
  for (const member of kind === 'predict' ? [configuration!] : merged) {
    const folds = context.jobs.find((other) => other.kind === 'predict' && other.configuration === member)?.folds;
    for (const fold of folds ?? []) {
      const folder = foldFolder(context, member, fold);
      const record = await readValidationRecord(joinPath(folder, names.validation));
      const checkpoint = joinPath(folder, names.checkpoint('final'));
      // Without a validation, the time of the checkpoint tells models apart.
      models[`${member}/${foldFolderName(fold)}`] = record?.model?.sha256 ?? String(await timeOf(checkpoint));
    }
  }
  const file = kind === 'postprocess' ? (context.choice?.best.postprocessingFile ?? null) : null;
  if (file !== null && existsSync(file)) models.postprocessing = await hashFile(file);
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

/** Whether a part of the images is predicted by the present models. */
export async function isPredicted(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const { settings } = context;
  const { output, parts } = settings.prediction!;
  const rules = rulesOfExperiment(settings.task);
  const members = membersOf(job, context.choice)!;
  const folder = rules.predictionFolder(job, output, members);
  const labels = endingOf(context);
  const endings = members.length > 1 && members.includes(job.configuration!) ? [labels, '.npz'] : [labels];
  const own = (await rules.results.imageIds(context)).filter((_, i) => i % parts === job.part);
  return own.every((id) => endings.every((ending) => existsSync(joinPath(folder, id + ending))));
}

/** Whether all images are merged, after they were predicted. */
export async function isMerged(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const { settings } = context;
  const { output } = settings.prediction!;
  const rules = rulesOfExperiment(settings.task);
  const probabilities = context.choice!.best.members.map((member) => joinPath(output, member));
  const ids = await rules.results.imageIds(context);
  return areNewer(rules.mergedFolder(output), ids, { ending: endingOf(context), from: probabilities, of: '.npz' });
}

/** Whether all label maps are postprocessed, after they were predicted or merged. */
export async function isPostprocessed(
  job: Job,
  context: ExperimentContext,
  record: JobRecord | null,
): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const { settings } = context;
  const { output } = settings.prediction!;
  const { results } = rulesOfExperiment(settings.task);
  const from = [rawFolder(job, context)];
  const ending = endingOf(context);
  return areNewer(output, await results.imageIds(context), { ending, from, of: ending });
}

/** Folder of the label maps as the best candidate has predicted them. */
function rawFolder(job: Job, { settings, choice }: ExperimentContext): string {
  const { output } = settings.prediction!;
  const rules = rulesOfExperiment(settings.task);
  const members = membersOf(job, choice)!;
  const [configuration] = members;
  return members.length > 1
    ? rules.mergedFolder(output)
    : rules.predictionFolder({ ...job, configuration: configuration!, postprocessed: true }, output, members);
}

/** Whether a folder has a file of every case, none older than the files that it is made from. */
async function areNewer(
  folder: string,
  ids: readonly string[],
  { ending, from, of }: { ending: string; from: readonly string[]; of: string },
): Promise<boolean> {
  for (const id of ids) {
    const made = await timeOf(joinPath(folder, id + ending));
    for (const source of from) if (made < (await timeOf(joinPath(source, id + of)))) return false;
    if (made === 0) return false;
  }
  return true;
}

function endingOf({ facts: { fileEnding = '.nii.gz' } }: ExperimentContext): string {
  return fileEnding;
}

/** Whether the scores are newer than the label maps that they compare. */
export async function scores(context: ExperimentContext, record: JobRecord | null): Promise<JobResults> {
  const { output, references } = context.settings.prediction!;
  const { results } = rulesOfExperiment(context.settings.task);
  const file = joinPath(output, 'summary.json');
  const scored = await timeOf(file);
  if (scored === 0 || record === null) return MISSING;
  for (const id of await results.imageIds(context)) {
    const inputs = [output, references!].map((folder) => joinPath(folder, id + endingOf(context)));
    for (const input of inputs) if (scored < (await timeOf(input))) return MISSING;
  }
  return { done: true, dice: await results.diceIn(file) };
}

/** Whether the report is newer than the last end of every job that it shows. */
export async function isReported(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<boolean> {
  if (!(await ranAlike(job, context, record))) return false;
  const written = await timeOf(context.folder.reportFile);
  const others = await Promise.all(context.jobs.filter(({ id }) => id !== job.id).map(({ id }) => context.record(id)));
  const ends = others.flatMap((other) => other?.attempts.filter(({ outcome }) => outcome === 'done') ?? []);
  return written > 0 && ends.every(({ ended }) => Date.parse(ended!) <= written);
}
