import { joinPath, trainerOf } from '@nnunet/schema/internal';
import type { Job } from './job.ts';
import type { JobContext } from './job-context.ts';
import { furtherWords, isEnsemble, membersOf, reportedPredictions } from './job-members.ts';

/** Sub-folder for the label maps of 3d_lowres that serve only as input of the cascade; nnUNet_predict's name. */
const CASCADE_INPUT = '3d_lowres_predictions';

/** The commands of nnU-Net v1. See `ExperimentRules.words`. */
export function wordsV1(job: Job, context: JobContext): string[] | null {
  const own = ownWords(job, context);
  return own && [...own, ...furtherWords(job, context.settings)];
}

function ownWords(job: Job, { settings, choice, reportFile }: JobContext): string[] | null {
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
    case 'postprocess':
      // nnUNet_predict and nnUNet_ensemble do it.
      return null;
    case 'evaluate': {
      const { references, output } = prediction!;
      return ['nnUNet_evaluate_folder', '-ref', references!, '-pred', output, '-l', ...job.labels!.map(String)];
    }
    case 'report': {
      const trainers = ['-tr', trainer, '-ctr', cascadeTrainer, '-pl', plans];
      return ['nnUNet_report', '-t', task, '-o', reportFile, ...trainers, ...reportedPredictions(settings)];
    }
  }
}

/** Folder that a configuration predicts into, as a member of the best candidate or as the first stage of one. */
export function folderOfPrediction(output: string, configuration: string, members: readonly string[]): string {
  if (!members.includes(configuration)) return joinPath(output, CASCADE_INPUT);
  return isEnsemble(members) ? joinPath(output, configuration) : output;
}
