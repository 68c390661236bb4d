import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';

export const command: Command = {
  description:
    'Draws one PNG per training case: the slice with the most foreground, with the labels over the image. Use it to check ' +
    'quickly that images and labels match.',
  define(parser) {
    parser.add_argument('-t', { required: true, metavar: 'TASK', help: 'task name or id' });
    parser.add_argument('-o', { required: true, metavar: 'FOLDER', help: 'folder for the pictures' });
    parser.add_argument('-num_processes', {
      type: 'int',
      default: 8,
      metavar: 'N',
      help: 'number of cases to draw at a time (default: %(default)s)',
    });
    parser.add_argument('-modality_idx', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'number of the modality to draw (default: %(default)s)',
    });
    parser.add_argument('--use_raw', {
      action: 'store_true',
      help: 'draw the raw images instead of those preprocessed for the full resolution',
    });
    addPluginOption(parser);
  },
  async run(args, { roots, reporter, signal, print }) {
    const { loadExtensions, plotTask } = await import('@nnunet/pipeline');
    const pictures = await plotTask({
      roots,
      task: args.t,
      outputFolder: args.o,
      modality: args.modality_idx,
      raw: args.use_raw,
      workers: args.num_processes,
      extensions: await loadExtensions(pluginsOf(args)),
      reporter,
      signal,
    });
    print(`${pictures} pictures: ${args.o}`);
  },
};
