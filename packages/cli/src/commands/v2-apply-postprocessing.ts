import { counted } from '@nnunet/errors/internal';
import type { Command } from '../command.ts';
import { addDescriptionOptions, addWorkersOption, descriptionOptions } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    'Applies a postprocessing of nnU-Net v2 to the label maps of a folder. Neither nnUNetv2_predict nor nnUNetv2_ensemble does.',
  define(parser) {
    parser.add_argument('-i', { required: true, metavar: 'FOLDER', help: 'folder of label maps' });
    parser.add_argument('-o', { required: true, metavar: 'FOLDER', help: 'folder for the results' });
    parser.add_argument('-pp_pkl_file', {
      required: true,
      metavar: 'FILE',
      help: 'postprocessing.pkl, or the postprocessing.json beside it',
    });
    addWorkersOption(parser);
    addDescriptionOptions(parser);
  },
  async run(args, { defaultWorkers, reporter, signal, print }) {
    const { applyPostprocessingV2 } = await import('@nnunet/pipeline/v2');
    const count = await applyPostprocessingV2({
      folder: args.i,
      outputFolder: args.o,
      postprocessingFile: args.pp_pkl_file,
      ...descriptionOptions(args),
      workers: args.np ?? defaultWorkers,
      reporter,
      signal,
    });
    print(`postprocessed: ${counted(count, 'label map')}: ${args.o}`);
  },
};
