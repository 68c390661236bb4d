import { joinPath } from '@nnunet/schema/internal';
import type { Job } from '../job.ts';
import type { JobContext } from '../job-context.ts';
import { furtherWords, isEnsemble, membersOf, reportedPredictions } from '../job-members.ts';

/** Sub-folder for the merged label maps before they are postprocessed. */
const MERGED = 'ensemble';

/** nnUNetv2_predict keeps what exists only if it is told to, the other way round than nnUNet_predict. */
const [OVERWRITE, KEEP] = ['--overwrite_existing', '--continue_prediction'];

/** The commands of nnU-Net v2. See `ExperimentRules.words`. */
export function wordsV2(job: Job, context: JobContext): string[] | null {
  const own = ownWords(job, context);
  if (own === null) return null;
  const further = furtherWords(job, context.settings);
  if (job.kind !== 'predict') return [...own, ...further];
  const rest = further.filter((word) => word !== OVERWRITE);
  return [...own, ...(rest.length === further.length ? [KEEP] : []), ...rest];
}

function ownWords(job: Job, { settings, choice, reportFile }: JobContext): string[] | null {
  const { task, trainer, plansIdentifier: plans, prediction } = settings;
  const { configuration, firstStage } = job;
  const folds = (job.folds ?? []).map(String);
  const asked = job.configurations === undefined ? [] : ['-c', ...job.configurations];
  const members = membersOf(job, choice);
  const output = prediction?.output ?? '';
  const predicted = members && predictedFolder(job, output, members);
  switch (job.kind) {
    case 'prepare':
      return ['nnUNetv2_plan_and_preprocess', '-d', task, ...asked];
    case 'train':
      return [
        ...['nnUNetv2_train', task, configuration!, String(job.fold), '-tr', trainer, '-p', plans],
        // Goes on with a training, and with a validation, that was interrupted.
        '--c',
        ...(job.probabilities ? ['--npz'] : []),
      ];
    case 'choose':
      return ['nnUNetv2_find_best_configuration', task, ...asked, '-f', ...folds, '-tr', trainer, '-p', plans];
    case 'predict': {
      if (members === null) return null;
      const { images, parts } = prediction!;
      const isMember = members.includes(configuration!);
      return [
        ...['nnUNetv2_predict', '-i', images, '-o', predictionFolderV2(job, output, members)],
        ...['-d', task, '-c', configuration!, '-tr', trainer, '-p', plans, '-f', ...folds],
        ...(parts > 1 ? ['-num_parts', String(parts), '-part_id', String(job.part)] : []),
        ...(isEnsemble(members) && isMember ? ['--save_probabilities'] : []),
        ...(firstStage === undefined ? [] : ['-prev_stage_predictions', joinPath(output, firstStage)]),
      ];
    }
    case 'merge': {
      if (members === null || !isEnsemble(members)) return null;
      const folders = members.map((member) => joinPath(output, member));
      return ['nnUNetv2_ensemble', '-i', ...folders, '-o', mergedFolderV2(output)];
    }
    case 'postprocess': {
      const file = choice?.best.postprocessingFile ?? null;
      if (predicted === null || file === null) return null;
      return ['nnUNetv2_apply_postprocessing', '-i', predicted, '-o', output, '-pp_pkl_file', file];
    }
    case 'evaluate': {
      // Every folder of predictions has the two files of its model.
      const beside = job.postprocessed ? predicted : output;
      if (beside === null) return null;
      const files = ['-djfile', joinPath(beside, 'dataset.json'), '-pfile', joinPath(beside, 'plans.json')];
      return ['nnUNetv2_evaluate_folder', prediction!.references!, output, ...files];
    }
    case 'report': {
      const trainers = ['-tr', trainer, '-pl', plans];
      return ['nnUNet_report', '-t', task, '-o', reportFile, ...trainers, ...reportedPredictions(settings)];
    }
  }
}

/** The label maps of the best candidate, before they are postprocessed. */
function predictedFolder(job: Job, output: string, members: readonly string[]): string {
  const [configuration] = members;
  const single = { ...job, configuration: configuration!, postprocessed: true };
  return isEnsemble(members) ? mergedFolderV2(output) : predictionFolderV2(single, output, members);
}

/** Into the output folder itself only if nothing is left to do there. */
export function predictionFolderV2(
  { configuration, postprocessed = false }: Pick<Job, 'configuration' | 'postprocessed'>,
  output: string,
  members: readonly string[],
): string {
  const isLast = !postprocessed && !isEnsemble(members) && members.includes(configuration!);
  return isLast ? output : joinPath(output, configuration!);
}

export function mergedFolderV2(output: string): string {
  return joinPath(output, MERGED);
}
