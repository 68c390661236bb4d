import type { Command } from '../command.ts';

export const command: Command = {
  description: 'Copies a raw task of nnU-Net v1 to a raw dataset of v2. The task is not modified.',
  define(parser) {
    parser.add_argument('input_folder', {
      help: 'raw folder of the task, such as …/nnUNet_raw_data/Task004_Hippocampus',
    });
    parser.add_argument('output_dataset_name', { help: 'name of the dataset, DatasetXXX_NAME' });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { convertTaskToV2 } = await import('@nnunet/pipeline/v2');
    const { input_folder: input, output_dataset_name: name } = args;
    print(`converted: ${await convertTaskToV2({ roots, input, name, reporter, signal })}`);
  },
};
