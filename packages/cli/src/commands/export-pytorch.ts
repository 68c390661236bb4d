import type { Command } from '../command.ts';
import { addModelArguments } from '../model-arguments.ts';

export const command: Command = {
  description:
    'Writes a trained model as files of nnU-Net v1 itself, so that nnU-Net v1 (1.7) predicts with it and continues its training: ' +
    'a PyTorch checkpoint (.model and .model.pkl) per fold, and plans.pkl. See docs/sharing_models.md.',
  define(parser) {
    addModelArguments(parser, {
      task: { required: false, help: 'name or id of a task; required unless --model_folder is given' },
      trainer: { help: 'trainer (default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade)' },
      foldsTo: 'export',
    });
    parser.add_argument('--model_folder', {
      metavar: 'DIR',
      help: 'folder of a model trained by this program, in any place, instead of -t, -tr, -m and -p',
    });
    parser.add_argument('-o', '--output_folder', {
      required: true,
      metavar: 'FOLDER',
      help: 'becomes the folder of the model. nnU-Net v1 finds it by name as RESULTS_FOLDER/nnUNet/CONFIGURATION/TASK/TRAINER__PLANS',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { exportPyTorch } = await import('@nnunet/sharing');
    const files = await exportPyTorch({
      roots,
      task: args.task_name ?? undefined,
      configuration: args.model ?? undefined,
      trainer: args.trainer_class_name ?? undefined,
      plansIdentifier: args.plans_identifier ?? undefined,
      modelFolder: args.model_folder ?? undefined,
      folds: args.folds ?? undefined,
      checkpoint: args.chk,
      outputFolder: args.output_folder,
      reporter,
      signal,
    });
    for (const file of files) print(file);
  },
};
