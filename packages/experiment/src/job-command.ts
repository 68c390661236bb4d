import type { Choice } from '@nnunet/ensemble/node';
import { joinPath, trainerOf } from '@nnunet/schema/internal';
import type { Job } from './job.ts';
import type { ExperimentSettings } from './settings.ts';

/** A command with its arguments, one by one. */
export interface JobCommand {
  /** For example 'nnUNet_train'. */
  program: string;
  arguments: readonly string[];
}

export interface JobContext {
  settings: ExperimentSettings;
  /** The best candidate of the comparison; null if it is not done yet. */
  choice: { best: Pick<Choice['best'], 'members' | 'postprocessingFile'> } | null;
  /** File for the report. */
  reportFile: string;
}

/** Sub-folder for the label maps of 3d_lowres that serve only as input of the cascade; nnUNet_predict's name. */
const CASCADE_INPUT = '3d_lowres_predictions';

/**
 * Returns the command of a job; null if it depends on a comparison that is not done yet. A single best configuration
 * predicts into the output folder itself, the members of an ensemble into folders named after them.
 */
export function commandOf(job: Job, context: JobContext): JobCommand | null {
  const words = wordsOf(job, context);
  if (words === null) return null;
  const [program, ...own] = words;
  const { [job.kind]: further = [], all = [] } = context.settings.arguments;
  return { program: program!, arguments: [...own, ...further, ...all] };
}

/** The members of the best candidate; null if they are not known yet. */
export function membersOf(job: Job, choice: JobContext['choice']): readonly string[] | null {
  return job.members ?? choice?.best.members ?? null;
}

function wordsOf(job: Job, { settings, choice, reportFile }: JobContext): string[] | null {
  const { task, trainer, cascadeTrainer, plansIdentifier: plans, prediction } = settings;
  const { configuration, fold } = job;
  const folds = (job.folds ?? []).map(String);
  switch (job.kind) {
    case 'prepare':
      return ['nnUNet_plan_and_preprocess', '-t', task];
    case 'train': {
      const cascade = configuration === '3d_cascade_fullres';
      return [
        ...['nnUNet_train', configuration!, trainerOf(settings, configuration!), task, String(fold), '-p', plans],
        // Goes on with a training, and with a validation, that was interrupted.
        ...['-c', '--val_disable_overwrite'],
        ...(job.probabilities ? ['--npz'] : []),
        ...(cascade ? ['--lowres_trainer', trainer] : []),
      ];
    }
    case 'choose': {
      const models = job.configurations === undefined ? [] : ['--strict', '-m', ...job.configurations];
      const trainers = ['-tr', trainer, '-ctr', cascadeTrainer, '-pl', plans];
      return ['nnUNet_find_best_configuration', '-t', task, ...models, '-f', ...folds, ...trainers];
    }
    case 'predict': {
      const members = membersOf(job, choice);
      if (members === null) return null;
      const { images, output, parts } = prediction!;
      return [
        ...['nnUNet_predict', '-i', images, '-o', folderOfPrediction(output, configuration!, members)],
        ...['-t', task, '-m', configuration!, '-tr', trainer, '-ctr', cascadeTrainer, '-p', plans, '-f', ...folds],
        ...(parts > 1 ? ['--num_parts', String(parts), '--part_id', String(job.part)] : []),
        ...(isEnsemble(members) && members.includes(configuration!) ? ['-z'] : []),
        ...(configuration === '3d_cascade_fullres' ? ['-l', folderOfPrediction(output, '3d_lowres', members)] : []),
      ];
    }
    case 'merge': {
      if (choice === null || !isEnsemble(choice.best.members)) return null;
      const { members, postprocessingFile } = choice.best;
      const folders = members.map((member) => joinPath(prediction!.output, member));
      const postprocessing = postprocessingFile === null ? [] : ['-pp', postprocessingFile];
      return ['nnUNet_ensemble', '-f', ...folders, '-o', prediction!.output, ...postprocessing];
    }
    case 'evaluate': {
      const { references, output } = prediction!;
      return ['nnUNet_evaluate_folder', '-ref', references!, '-pred', output, '-l', ...job.labels!.map(String)];
    }
    case 'report': {
      const trainers = ['-tr', trainer, '-ctr', cascadeTrainer, '-pl', plans];
      const predictions = prediction === null ? [] : ['--predictions', prediction.output, '-i', prediction.images];
      const references = prediction?.references ? ['-ref', prediction.references] : [];
      return ['nnUNet_report', '-t', task, '-o', reportFile, ...trainers, ...predictions, ...references];
    }
  }
}

function isEnsemble(members: readonly string[]): boolean {
  return members.length > 1;
}

/** Folder that a configuration predicts into, as a member of the best candidate or as the first stage of one. */
export function folderOfPrediction(output: string, configuration: string, members: readonly string[]): string {
  if (!members.includes(configuration)) return joinPath(output, CASCADE_INPUT);
  return isEnsemble(members) ? joinPath(output, configuration) : output;
}

/** A command as it is typed in a shell. */
export function inShell({ program, arguments: words }: JobCommand): string {
  return [program, ...words].map(shellWord).join(' ');
}

/** A word as it is typed in a shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
