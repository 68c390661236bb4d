import type { Command } from '../command.ts';
import { addModelArguments, modelOptions } from '../model-arguments.ts';

export const command: Command = {
  description:
    'Writes a trained model as files of nnU-Net v1 itself, so that nnU-Net v1 (1.7) predicts with it and continues its training: ' +
    'a PyTorch checkpoint (.model and .model.pkl) per fold, and plans.pkl. See docs/sharing_models.md.',
  define(parser) {
    addModelArguments(parser, {
      task: { required: false, help: 'name or id of a task; required unless --model_folder is given' },
      trainer: { help: 'trainer (default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade)' },
      foldsTo: 'export',
      ofV2: false,
    });
    parser.add_argument('--model_folder', {
      metavar: 'DIR',
      help: 'folder of a model trained by this program, in any place, instead of -t, -tr, -m and -p',
    });
    parser.add_argument('-o', '--output_folder', {
      required: true,
      metavar: 'FOLDER',
      help:
        'becomes the folder of the model. nnU-Net v1 finds a model by its name if the folder is TRAINER__PLANS in ' +
        'RESULTS_FOLDER/nnUNet/CONFIGURATION/TASK',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { exportPyTorch } = await import('@nnunet/sharing');
    const files = await exportPyTorch({
      roots,
      task: args.task_name,
      modelFolder: args.model_folder,
      ...modelOptions(args),
      outputFolder: args.output_folder,
      reporter,
      signal,
    });
    for (const file of files) print(file);
  },
};
