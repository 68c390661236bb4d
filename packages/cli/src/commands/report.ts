import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { addTrainerOptions } from '../trainer-options.ts';

export const command: Command = {
  description:
    'Writes one page about a task, to be opened in a browser: the data set, the plans and the trainings. Beside it, the ' +
    'numbers are written as JSON and CSV.',
  define(parser) {
    parser.add_argument('-t', '--task_id', { required: true, metavar: 'TASK', help: 'name or id of the task' });
    parser.add_argument('-o', {
      default: 'report.html',
      metavar: 'FILE',
      help: 'page to write, .html (default: %(default)s)',
    });
    parser.add_argument('-m', '--models', {
      nargs: '+',
      default: ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres'],
      metavar: 'CONFIGURATION',
      help: 'configurations to show (default: all that were trained)',
    });
    addTrainerOptions(parser, '-ctr');
    addPluginOption(parser);
  },
  async run(args, { roots, reporter, signal, print, defaultWorkers }) {
    const { loadExtensions } = await import('@nnunet/pipeline');
    const { createReport } = await import('@nnunet/report');
    const files = await createReport({
      roots,
      task: args.task_id,
      page: args.o,
      configurations: args.models,
      trainer: args.tr,
      cascadeTrainer: args.ctr,
      plansIdentifier: args.pl,
      extensions: await loadExtensions(pluginsOf(args)),
      workers: defaultWorkers,
      reporter,
      signal,
    });
    for (const file of files) print(file);
  },
};
