import type { TrainDatasetOptions } from '@nnunet/pipeline/v2';
import type { Command } from '../command.ts';
import { addDeviceOption } from '../device-option.ts';
import { addLogToOption } from '../log-to-option.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { addSettingsArguments, settingsOf } from '../settings-arguments.ts';
import { answerTraining } from '../training-answer.ts';
import { addTrialArguments, runTrial } from '../trial-arguments.ts';

export const command: Command = {
  description:
    "Trains one fold of one U-Net configuration of a dataset by nnU-Net v2's rules, then predicts and scores its validation " +
    'cases.',
  define(parser) {
    parser.add_argument('dataset', { help: 'id or name of a dataset, such as 4 or Dataset004_Hippocampus' });
    parser.add_argument('configuration', { help: '2d, 3d_fullres, 3d_lowres or another of the plans' });
    parser.add_argument('fold', { help: 'fold of the cross-validation (0, 1, …), or all to train on every case' });
    parser.add_argument('-tr', {
      default: 'nnUNetTrainer',
      metavar: 'CLASS',
      help: 'trainer of nnU-Net v2 (default: %(default)s)',
    });
    parser.add_argument('-p', {
      default: 'nnUNetPlans',
      metavar: 'PLANS',
      help: 'name of the plans (default: %(default)s)',
    });
    parser.add_argument('-pretrained_weights', {
      metavar: 'FILE',
      help: 'start a new training with the weights of this checkpoint; its network must have the same encoder and decoder',
    });
    parser.add_argument('--partial', {
      action: 'store_true',
      help: 'with -pretrained_weights: take the weights that fit; the log names the others',
    });
    parser.add_argument('-num_gpus', {
      type: 'int',
      default: 1,
      metavar: 'N',
      help:
        'number of sessions (copies of the network) that share each batch; each runs in its own thread, and with -device cuda ' +
        'on its own GPU (default: %(default)s)',
    });
    parser.add_argument('--npz', {
      action: 'store_true',
      help: 'also save the probabilities of the validation cases',
    });
    parser.add_argument('--c', {
      action: 'store_true',
      help: 'continue an interrupted training, also one of nnU-Net v2; start it if there is nothing to continue yet',
    });
    parser.add_argument('--val', {
      action: 'store_true',
      help: 'only predict and score the validation cases with the trained model',
    });
    parser.add_argument('--val_best', {
      action: 'store_true',
      help: 'predict the validation cases with checkpoint_best.pth instead of checkpoint_final.pth',
    });
    parser.add_argument('--disable_validation_inference', {
      action: 'store_true',
      help: 'do not predict the validation cases',
    });
    parser.add_argument('--disable_checkpointing', {
      action: 'store_true',
      help: 'keep no model: write only checkpoint_latest.pth and delete it after the validation',
    });
    addTrialArguments(parser);
    addSettingsArguments(parser);
    addLogToOption(parser);
    addDeviceOption(parser, undefined, ['-device', '--device']);
    addPluginOption(parser);
  },
  async run(args, { roots, reporter, signal, print, answer, augmentationWorkers }) {
    const { loadExtensions } = await import('@nnunet/pipeline');
    const { forecastFoldV2, previewTrainingV2, searchTrainingRateV2, trainDatasetV2 } = await import(
      '@nnunet/pipeline/v2'
    );
    const options: TrainDatasetOptions = {
      roots,
      dataset: args.dataset,
      configuration: args.configuration,
      fold: args.fold,
      trainer: args.tr,
      plansName: args.p,
      extensions: await loadExtensions(pluginsOf(args)),
      pretrainedWeights: args.pretrained_weights,
      partialWeights: args.partial,
      continueTraining: args.c,
      validationOnly: args.val,
      validateBest: args.val_best,
      saveProbabilities: args.npz,
      disableSaving: args.disable_checkpointing,
      evaluate: !args.disable_validation_inference,
      logTo: args.log_to,
      ...settingsOf(args),
      workers: augmentationWorkers,
      compute: { device: args.device, threads: args.threads, sessions: args.num_gpus },
      reporter,
      signal,
    };
    const trials = {
      forecast: () => forecastFoldV2(options),
      preview: (count: number) => previewTrainingV2(options, count),
      searchRate: () => searchTrainingRateV2(options),
    };
    if (await runTrial(args, args.configuration, trials, { answer, print })) return;
    answerTraining(answer, await trainDatasetV2(options), { trains: !args.val, continueWith: '--c' });
  },
};
