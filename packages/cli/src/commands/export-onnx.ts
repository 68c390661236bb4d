import type { Command } from '../command.ts';
import { addModelArguments, modelOptions } from '../model-arguments.ts';

export const command: Command = {
  description:
    'Writes the networks of a trained model as .onnx files with standard operators, one per fold, and a manifest.json that ' +
    'tells another program what to do before and after running them. See docs/sharing_models.md.',
  define(parser) {
    addModelArguments(parser, {
      task: { required: true, help: 'name or id of a task, or of a dataset of nnU-Net v2 whose models are installed' },
      trainer: {
        help: 'trainer (default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade; otherwise the only one installed)',
      },
      foldsTo: 'export',
    });
    parser.add_argument('-o', '--output_folder', { required: true, metavar: 'FOLDER', help: 'folder for the files' });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { exportOnnx } = await import('@nnunet/sharing');
    const manifest = await exportOnnx({
      roots,
      task: args.task_name,
      ...modelOptions(args),
      outputFolder: args.output_folder,
      reporter,
      signal,
    });
    print(manifest);
  },
};
