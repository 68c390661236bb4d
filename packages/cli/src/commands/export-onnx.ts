import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Writes the networks of a trained model as .onnx files with standard operators, one a fold, and manifest.json, which ' +
    'tells another program everything to do before and after them. docs/sharing_models.md explains it.',
  define(parser) {
    parser.add_argument('-t', '--task_name', { required: true, metavar: 'TASK', help: 'task name or id' });
    parser.add_argument('-o', '--output_folder', { required: true, metavar: 'FOLDER', help: 'where the files go' });
    parser.add_argument('-m', '--model', {
      default: '3d_fullres',
      metavar: 'CONFIGURATION',
      help: '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres (default: %(default)s)',
    });
    parser.add_argument('-tr', '--trainer_class_name', {
      metavar: 'CLASS',
      help: 'trainer (default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade)',
    });
    parser.add_argument('-p', '--plans_identifier', {
      default: 'nnUNetPlansv2.1',
      metavar: 'PLANS',
      help: 'plans identifier (default: %(default)s)',
    });
    parser.add_argument('-f', '--folds', {
      nargs: '+',
      metavar: 'FOLD',
      help: 'folds to export, or all (default: every fold that was trained)',
    });
    parser.add_argument('-chk', {
      default: 'model_final_checkpoint',
      metavar: 'NAME',
      help: 'checkpoint (default: %(default)s)',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { exportOnnx } = await import('@nnunet/pipeline');
    const manifest = await exportOnnx({
      roots,
      task: args.task_name,
      configuration: args.model,
      trainer:
        args.trainer_class_name ??
        (args.model === '3d_cascade_fullres' ? 'nnUNetTrainerV2CascadeFullRes' : 'nnUNetTrainerV2'),
      plansIdentifier: args.plans_identifier,
      folds: args.folds ?? undefined,
      checkpoint: args.chk,
      outputFolder: args.output_folder,
      reporter,
      signal,
    });
    print(manifest);
  },
};
