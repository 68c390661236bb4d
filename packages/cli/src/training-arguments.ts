import { usageError } from '@nnunet/errors';
import type { TrainModelOptions } from '@nnunet/pipeline';
import type { ArgumentParser } from 'argparse';
import type { Arguments, CommandContext } from './command.ts';
import { addDeviceOption } from './device-option.ts';
import { addLogToOption } from './log-to-option.ts';
import { addNaNOption } from './nan-option.ts';
import { addPluginOption, pluginsOf } from './plugin-option.ts';
import { addSettingsArguments, settingsOf } from './settings-arguments.ts';
import { answerTraining } from './training-answer.ts';
import { addTrialArguments, runTrial } from './trial-arguments.ts';

/** Adds the arguments shared by all training commands. */
export function addTrainingArguments(parser: ArgumentParser): void {
  parser.add_argument('network', { help: '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres' });
  parser.add_argument('network_trainer', { help: 'name of the trainer class, for example nnUNetTrainerV2' });
  parser.add_argument('task', { help: 'task name or id' });
  parser.add_argument('fold', { help: 'fold of the cross-validation (0, 1, …), or all to train on every case' });
  parser.add_argument('-val', '--validation_only', {
    action: 'store_true',
    help: 'only predict and score the validation cases with the trained model',
  });
  parser.add_argument('-c', '--continue_training', {
    action: 'store_true',
    help: 'continue an interrupted training; start it if there is nothing to continue yet',
  });
  parser.add_argument('-p', {
    default: 'nnUNetPlansv2.1',
    metavar: 'PLANS',
    help: 'plans identifier (default: %(default)s)',
  });
  parser.add_argument('-pretrained_weights', {
    metavar: 'FILE',
    help:
      'start a new training with the weights of this checkpoint (.safetensors, .model of v1 or .pth of v2); its network must ' +
      'have the same encoder and decoder. To get such a network for another task, plan with -overwrite_plans',
  });
  parser.add_argument('--partial', {
    action: 'store_true',
    help: 'with -pretrained_weights: take the weights that fit; the log names the others',
  });
  parser.add_argument('--lowres_trainer', {
    default: 'nnUNetTrainerV2',
    metavar: 'CLASS',
    help: 'with 3d_cascade_fullres: trainer used for 3d_lowres (default: %(default)s)',
  });
  parser.add_argument('--npz', {
    action: 'store_true',
    help: 'also save the probabilities (softmax) of the validation cases; nnUNet_find_best_configuration needs them for ensembles',
  });
  addNaNOption(parser);
  parser.add_argument('--valbest', {
    action: 'store_true',
    help: 'with -val: use the model of the best epoch (model_best) instead of the final one',
  });
  parser.add_argument('--val_folder', {
    default: 'validation_raw',
    metavar: 'NAME',
    help: 'name of the validation folder (default: %(default)s)',
  });
  parser.add_argument('--disable_validation_inference', {
    action: 'store_true',
    help: 'do not predict the validation cases',
  });
  parser.add_argument('--val_disable_overwrite', {
    action: 'store_true',
    help: 'keep existing predictions of validation cases',
  });
  parser.add_argument('--disable_next_stage_pred', {
    action: 'store_true',
    help: 'with 3d_lowres: do not write the predictions that 3d_cascade_fullres needs',
  });
  parser.add_argument('--disable_postprocessing_on_folds', {
    action: 'store_true',
    help: 'do not test after validation whether keeping only the largest component of a label improves the scores (postprocessing)',
  });
  parser.add_argument('--disable_saving', {
    action: 'store_true',
    help: 'keep no model: write only model_latest and delete it after validation',
  });
  addTrialArguments(parser);
  addSettingsArguments(parser);
  parser.add_argument('--fp32', {
    action: 'store_true',
    help: 'accepted but ignored: training always uses single precision',
  });
  parser.add_argument('--deterministic', {
    action: 'store_true',
    help: 'accepted but ignored: the same seed always gives the same model on the same machine, except with --time_budget',
  });
  parser.add_argument('--use_compressed_data', {
    action: 'store_true',
    help: 'accepted but ignored: preprocessed cases are never unpacked',
  });
  addLogToOption(parser);
  addDeviceOption(parser);
  addPluginOption(parser);
}

/** Adds the arguments with which v1's DP and DDP share a batch. */
export function addSharingArguments(parser: ArgumentParser): void {
  parser.add_argument('-gpus', '--sessions', {
    type: 'int',
    required: true,
    metavar: 'N',
    dest: 'sessions',
    help: 'number of sessions (copies of the network) that share each batch; each runs in its own thread, and with --device cuda on its own GPU',
  });
  parser.add_argument('--dbs', {
    action: 'store_true',
    help: 'divide the planned batch among the sessions instead of giving each a full batch',
  });
}

/** Trains, or makes the requested picture or forecast, and prints the result. @param batchPerSession each session has a whole batch */
export async function runTraining(
  args: Arguments,
  { roots, reporter, signal, print, answer, augmentationWorkers }: CommandContext,
  batchPerSession = false,
): Promise<void> {
  const { forecastFold, loadExtensions, previewTraining, searchTrainingRate, trainModel } = await import(
    '@nnunet/pipeline'
  );
  const options: TrainModelOptions = {
    roots,
    configuration: args.network,
    trainer: args.network_trainer,
    extensions: await loadExtensions(pluginsOf(args)),
    logTo: args.log_to,
    lowresTrainer: args.lowres_trainer,
    pretrainedWeights: args.pretrained_weights,
    partialWeights: args.partial,
    decidePostprocessing: !args.disable_postprocessing_on_folds,
    predictNextStage: !args.disable_next_stage_pred,
    disableSaving: args.disable_saving,
    task: args.task,
    fold: args.fold,
    plansIdentifier: args.p,
    continueTraining: args.continue_training,
    validationOnly: args.validation_only,
    validateBest: args.valbest,
    validationFolder: args.val_folder,
    evaluate: !args.disable_validation_inference,
    overwrite: !args.val_disable_overwrite,
    saveSoftmax: args.npz,
    bareNaN: args.nan,
    ...settingsOf(args),
    batchPerSession,
    workers: augmentationWorkers,
    compute: { device: args.device, threads: args.threads, sessions: args.sessions },
    reporter,
    signal,
  };
  if (args.valbest && !args.validation_only) {
    throw usageError({
      what: '--valbest selects the model for -val, which was not given',
      remedy: 'Add -val, or leave out --valbest.',
    });
  }
  const trials = {
    forecast: () => forecastFold(options),
    preview: (count: number) => previewTraining(options, count),
    searchRate: () => searchTrainingRate(options),
  };
  if (await runTrial(args, args.network, trials, { answer, print })) return;
  answerTraining(answer, await trainModel(options), {
    trains: !args.validation_only,
    continueWith: '-c',
    order: ', worst cases first',
  });
}
