import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { addWorkersOption } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    'Draws one PNG per training case of a dataset of nnU-Net v2: the slice that shows most of all classes, with the labels over ' +
    'the image.',
  define(parser) {
    parser.add_argument('-d', { required: true, metavar: 'DATASET', help: 'id or name of the dataset' });
    parser.add_argument('-o', { required: true, metavar: 'FOLDER', help: 'folder for the pictures' });
    addWorkersOption(parser, 'number of cases to draw at a time');
    parser.add_argument('-channel_idx', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'number of the channel to draw (default: %(default)s)',
    });
    parser.add_argument('--use_raw', { action: 'store_true', help: 'draw the raw images instead of prepared ones' });
    parser.add_argument('-p', { default: 'nnUNetPlans', metavar: 'NAME', help: 'plans (default: %(default)s)' });
    parser.add_argument('-c', {
      metavar: 'CONFIGURATION',
      help: 'configuration whose prepared cases are drawn (default: 3d_fullres, or 2d if there is none)',
    });
    parser.add_argument('-overlay_intensity', {
      type: 'float',
      default: 0.6,
      metavar: 'X',
      help: 'how much of its colour a label adds (default: %(default)s)',
    });
    addPluginOption(parser);
  },
  async run(args, { roots, defaultWorkers, reporter, signal, print }) {
    const { loadExtensions } = await import('@nnunet/pipeline');
    const { plotOverlaysV2 } = await import('@nnunet/pipeline/v2');
    const pictures = await plotOverlaysV2({
      roots,
      variables: process.env,
      dataset: args.d,
      outputFolder: args.o,
      channel: args.channel_idx,
      raw: args.use_raw,
      plans: args.p,
      configuration: args.c,
      intensity: args.overlay_intensity,
      workers: args.np ?? defaultWorkers,
      extensions: await loadExtensions(pluginsOf(args)),
      reporter,
      signal,
    });
    print(`${pictures} pictures: ${args.o}`);
  },
};
