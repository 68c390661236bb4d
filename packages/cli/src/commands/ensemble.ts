import { counted } from '@nnunet/errors/internal';
import type { Command } from '../command.ts';
import { parseMemorySize } from '../memory-size.ts';
import { addStrictGeometryOption } from '../strict-geometry-option.ts';

export const command: Command = {
  description:
    'Merges the predictions of several models: averages the probabilities saved by nnUNet_predict -z for the same images and ' +
    'writes label maps.',
  define(parser) {
    parser.add_argument('-f', '--folders', {
      nargs: '+',
      required: true,
      metavar: 'FOLDER',
      help: 'output folders of nnUNet_predict -z, one per model',
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
      help: 'number of cases to merge at a time (default: %(default)s)',
    });
    parser.add_argument('-pp', '--postprocessing_file', {
      metavar: 'FILE',
      help:
        'postprocessing.json to apply, written by nnUNet_find_best_configuration; the label maps before postprocessing are then ' +
        'saved in not_postprocessed in the output folder (default: no postprocessing)',
    });
    parser.add_argument('--max_memory', {
      metavar: 'SIZE',
      help: 'memory that the program may use, for example 6GB or 2048MB (default: four fifths of the free memory)',
    });
    parser.add_argument('--npz', { action: 'store_true', help: 'also write the averaged probabilities' });
    addStrictGeometryOption(parser);
  },
  async run(args, { roots, reporter, signal, print }) {
    const { ensemblePredictions } = await import('@nnunet/pipeline');
    const cases = await ensemblePredictions({
      roots,
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
