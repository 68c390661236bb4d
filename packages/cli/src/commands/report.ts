import { usageError } from '@nnunet/errors';
import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { addTrainerOptions } from '../trainer-options.ts';

export const command: Command = {
  description:
    'Writes one page about a task, to be opened in a browser: data set, plans, trainings, scores, and the cases to look at ' +
    'first. Beside it, the numbers are written as JSON and CSV.',
  define(parser) {
    parser.add_argument('-t', '--task_id', {
      required: true,
      metavar: 'TASK',
      help: 'name or id of the task, or of the dataset of nnU-Net v2',
    });
    parser.add_argument('-o', {
      default: 'report.html',
      metavar: 'FILE',
      help: 'page to write, .html (default: %(default)s)',
    });
    parser.add_argument('-m', '--models', {
      nargs: '+',
      metavar: 'CONFIGURATION',
      help: 'configurations to show (default: all that were trained)',
    });
    addTrainerOptions(parser, '-ctr');
    parser.add_argument('--predictions', {
      metavar: 'FOLDER',
      help:
        'also show these predicted label maps; with probabilities (nnUNet_predict -z), or with predictions of single folds in ' +
        'FOLDER/fold_0, FOLDER/fold_1, …, where they are in doubt',
    });
    parser.add_argument('-ref', { metavar: 'FOLDER', help: 'reference label maps of --predictions' });
    parser.add_argument('-i', { metavar: 'FOLDER', help: "images of --predictions (default: the task's imagesTs)" });
    parser.add_argument('--cases', {
      type: 'int',
      default: 30,
      metavar: 'N',
      help: 'number of cases with pictures and volumes (default: %(default)s)',
    });
    addPluginOption(parser);
  },
  async run(args, { roots, reporter, signal, answer, defaultWorkers }) {
    if (args.predictions === undefined && (args.ref !== undefined || args.i !== undefined)) {
      throw usageError({
        what: 'references and images are those of predictions, which are not given',
        remedy: 'Add --predictions FOLDER.',
      });
    }
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
      predicted:
        args.predictions === undefined
          ? undefined
          : { predictions: args.predictions, references: args.ref, images: args.i },
      cases: args.cases,
      variables: process.env,
      workers: defaultWorkers,
      reporter,
      signal,
    });
    answer('report', { page: args.o, files }, files);
  },
};
