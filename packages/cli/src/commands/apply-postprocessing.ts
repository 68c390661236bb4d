import { counted } from '@nnunet/errors/internal';
import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Applies a postprocessing.json to label maps: to one file, or to all in a folder. nnUNet_predict and nnUNet_ensemble do so ' +
    'themselves; this is for label maps that were predicted without, or elsewhere.',
  define(parser) {
    parser.add_argument('-i', {
      required: true,
      metavar: 'LABELS',
      help: 'a label map (.nii.gz or .nii), or a folder of label maps (.nii.gz)',
    });
    parser.add_argument('-o', {
      required: true,
      metavar: 'LABELS',
      help: 'name of the result: a file, or a folder for results with the same names; may be the input itself',
    });
    parser.add_argument('-pp', '--postprocessing_file', {
      required: true,
      metavar: 'FILE',
      help:
        'postprocessing.json, written by nnUNet_determine_postprocessing or nnUNet_find_best_configuration, or the folder that ' +
        'contains it, such as the folder of the model; or postprocessing.json or .pkl of nnU-Net v2',
    });
    parser.add_argument('-np', '--num_processes', {
      type: 'int',
      metavar: 'N',
      help: 'number of label maps to process at a time (default: number of processors, at most 8)',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { postprocessPredictions } = await import('@nnunet/pipeline');
    const written = await postprocessPredictions({
      roots,
      input: args.i,
      output: args.o,
      postprocessing: args.postprocessing_file,
      workers: args.num_processes ?? undefined,
      reporter,
      signal,
    });
    print(`postprocessed: ${counted(written.length, 'label map')}: ${args.o}`);
  },
};
