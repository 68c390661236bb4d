import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Says what was planned for a task and why: spacing, normalisation, patch, batch, network, cascade, and what memory a ' +
    'training step will take. Draws the U-Nets where a picture is named.',
  define(parser) {
    parser.add_argument('-t', '--task_id', { required: true, metavar: 'ID', help: 'id or name of the planned task' });
    parser.add_argument('-p', {
      default: 'nnUNetPlansv2.1',
      metavar: 'PLANS',
      help: 'plans identifier (default: %(default)s)',
    });
    parser.add_argument('-o', { metavar: 'FILE', help: 'draw the U-Nets into this file, .png or .svg' });
  },
  async run(args, { roots, print }) {
    const { explainTask } = await import('@nnunet/pipeline');
    const text = await explainTask({ roots, task: args.task_id, plansIdentifier: args.p, picture: args.o });
    print(text.trimEnd());
    if (args.o !== undefined) print(`picture: ${args.o}`);
  },
};
