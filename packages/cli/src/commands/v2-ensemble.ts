import { counted } from '@nnunet/errors/internal';
import type { Command } from '../command.ts';
import { addWorkersOption } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    'Merges the predictions of several models of nnU-Net v2: averages the probabilities that nnUNetv2_predict ' +
    '--save_probabilities wrote for the same images, and writes label maps.',
  define(parser) {
    parser.add_argument('-i', {
      nargs: '+',
      required: true,
      metavar: 'FOLDER',
      help: 'output folders of nnUNetv2_predict --save_probabilities, one per model',
    });
    parser.add_argument('-o', { required: true, metavar: 'FOLDER', help: 'folder for the label maps' });
    addWorkersOption(parser, 'number of cases to merge at a time');
    parser.add_argument('--save_npz', { action: 'store_true', help: 'also write the averaged probabilities' });
  },
  async run(args, { defaultWorkers, reporter, signal, print }) {
    const { ensembleV2 } = await import('@nnunet/pipeline/v2');
    const cases = await ensembleV2({
      folders: args.i,
      outputFolder: args.o,
      saveProbabilities: args.save_npz,
      workers: args.np ?? defaultWorkers,
      reporter,
      signal,
    });
    print(`merged: ${counted(cases.length, 'case')}: ${args.o}`);
  },
};
