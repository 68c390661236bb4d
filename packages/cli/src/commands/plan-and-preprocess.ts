import type { Command } from '../command.ts';

const orNone = (name: string): string | null => (name === 'None' ? null : name);

export const command: Command = {
  description:
    'Extracts the fingerprint of one or several raw datasets, plans the U-Net configurations (2D, 3D full resolution and, for ' +
    'large images, 3D low resolution) and prepares the training data for them.',
  define(parser) {
    parser.add_argument('-t', '--task_ids', {
      nargs: '+',
      required: true,
      metavar: 'ID',
      help: 'ids of the tasks; several may be given',
    });
    parser.add_argument('-pl3d', '--planner3d', {
      default: 'ExperimentPlanner3D_v21',
      metavar: 'CLASS',
      help: 'planner of the 3D U-Nets; None: no 3D (default: %(default)s)',
    });
    parser.add_argument('-pl2d', '--planner2d', {
      default: 'ExperimentPlanner2D_v21',
      metavar: 'CLASS',
      help: 'planner of the 2D U-Net; None: no 2D (default: %(default)s)',
    });
    parser.add_argument('-no_pp', { action: 'store_true', help: 'only plan, do not preprocess' });
    parser.add_argument('-tl', {
      type: 'int',
      metavar: 'N',
      help: 'worker threads for the low resolution stage (default: all cores)',
    });
    parser.add_argument('-tf', {
      type: 'int',
      metavar: 'N',
      help: 'worker threads for the full resolution and 2D (default: all cores)',
    });
    parser.add_argument('--verify_dataset_integrity', {
      action: 'store_true',
      help: 'read every file first and list every fault of the dataset: use it at least once for a new dataset',
    });
  },
  async run(args, { roots, reporter, signal, print, defaultWorkers }) {
    const { planAndPreprocess } = await import('@nnunet/pipeline');
    const folders = await planAndPreprocess({
      roots,
      taskIds: args.task_ids,
      planner3d: orNone(args.planner3d),
      planner2d: orNone(args.planner2d),
      preprocess: !args.no_pp,
      workersLowres: args.tl ?? defaultWorkers,
      workersFullres: args.tf ?? defaultWorkers,
      verify: args.verify_dataset_integrity,
      reporter,
      signal,
    });
    for (const folder of folders) print(`${args.no_pp ? 'planned' : 'prepared'}: ${folder}`);
  },
};
