import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Converts a task of the Medical Segmentation Decathlon (TaskXX_NAME) to a raw dataset of nnU-Net v2: one 3D file per case and ' +
    'channel. The input folder is not modified.',
  define(parser) {
    parser.add_argument('-i', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder of the Decathlon task; its name must be TaskXX_NAME',
    });
    parser.add_argument('-overwrite_id', {
      type: 'int',
      metavar: 'ID',
      help: 'id of the dataset (default: the id of the input)',
    });
    parser.add_argument('-np', {
      type: 'int',
      metavar: 'N',
      help: 'number of files to convert at a time (default: 2)',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { convertDecathlonToV2 } = await import('@nnunet/pipeline/v2');
    const { i: input, overwrite_id: outputId, np: concurrency } = args;
    print(`converted: ${await convertDecathlonToV2({ roots, input, outputId, concurrency, reporter, signal })}`);
  },
};
