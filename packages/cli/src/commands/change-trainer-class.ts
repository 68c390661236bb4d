import type { Command } from '../command.ts';

export const command: Command = {
  description:
    "Changes the trainer's name in the best and final checkpoints of all folds of a model, for example to continue a training " +
    'after the trainer was renamed. The folder keeps its name.',
  define(parser) {
    parser.add_argument('-i', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder of the model, RESULTS_FOLDER/nnUNet/CONFIGURATION/TASK/TRAINER__PLANS',
    });
    parser.add_argument('-tr', { required: true, metavar: 'CLASS', help: 'new name of the trainer class' });
  },
  async run(args, { reporter, print }) {
    const { changeTrainerClass } = await import('@nnunet/sharing');
    const files = await changeTrainerClass({ modelFolder: args.i, trainer: args.tr });
    reporter.message(`${args.i} (rules of nnU-Net v1)`);
    for (const file of files) print(`changed: ${file}`);
  },
};
