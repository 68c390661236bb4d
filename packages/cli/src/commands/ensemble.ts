import { counted } from '@nnunet/errors/internal';
import type { Command } from '../command.ts';
import { parseMemorySize } from '../memory-size.ts';
import { addStrictGeometryOption } from '../strict-geometry-option.ts';

export const command: Command = {
  description:
    'Merges the predictions of several models: averages the probabilities that nnUNet_predict -z has stored for the same ' +
    'images, and writes label maps.',
  define(parser) {
    parser.add_argument('-f', '--folders', {
      nargs: '+',
      required: true,
      metavar: 'FOLDER',
      help: 'output folders of nnUNet_predict -z, one for each model',
    });
    parser.add_argument('-o', '--output_folder', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder for the label maps',
    });
    parser.add_argument('-t', '--threads', {
      type: 'int',
      default: 2,
      metavar: 'N',
      help: 'cases merged at a time (default: %(default)s)',
    });
    parser.add_argument('-pp', '--postprocessing_file', {
      metavar: 'FILE',
      help:
        'postprocessing.json to apply, as nnUNet_find_best_configuration has written it; the label maps without it ' +
        'then lie in the folder not_postprocessed of the output (default: no postprocessing)',
    });
    parser.add_argument('--max_memory', {
      metavar: 'SIZE',
      help: 'memory that the program may use, e.g. 6GB or 2048MB (default: four fifths of what is free)',
    });
    parser.add_argument('--npz', { action: 'store_true', help: 'also write the averaged probabilities' });
    addStrictGeometryOption(parser);
  },
  async run(args, { reporter, signal, print }) {
    const { ensemblePredictions } = await import('@nnunet/pipeline');
    const cases = await ensemblePredictions({
      folders: args.folders,
      outputFolder: args.output_folder,
      threads: args.threads,
      postprocessingFile: args.postprocessing_file,
      saveSoftmax: args.npz,
      strictGeometry: args.strict_geometry,
      maxMemory: args.max_memory == null ? undefined : parseMemorySize(args.max_memory, '--max_memory'),
      reporter,
      signal,
    });
    print(`merged: ${counted(cases.length, 'case')}: ${args.output_folder}`);
  },
};
