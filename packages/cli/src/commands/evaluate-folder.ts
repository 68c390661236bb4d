import type { Command } from '../command.ts';
import { addNaNOption } from '../nan-option.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { addStrictGeometryOption } from '../strict-geometry-option.ts';

export const command: Command = {
  description:
    'Compares predicted label maps with reference label maps and writes the scores to summary.json in the folder of predictions.',
  define(parser) {
    parser.add_argument('-ref', { required: true, metavar: 'FOLDER', help: 'folder with the reference label maps' });
    parser.add_argument('-pred', { required: true, metavar: 'FOLDER', help: 'folder with the predicted label maps' });
    parser.add_argument('-l', { nargs: '+', type: 'int', required: true, metavar: 'LABEL', help: 'labels to score' });
    addStrictGeometryOption(parser);
    addPluginOption(parser);
    addNaNOption(parser);
  },
  async run(args, { reporter, signal, print }) {
    const { evaluate, loadExtensions } = await import('@nnunet/pipeline');
    const { table, summaryFile } = await evaluate({
      reference: args.ref,
      predictions: args.pred,
      labels: args.l,
      strictGeometry: args.strict_geometry,
      bareNaN: args.nan,
      extensions: await loadExtensions(pluginsOf(args)),
      reporter,
      signal,
    });
    print(table);
    print(summaryFile);
  },
};
