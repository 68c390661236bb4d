import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Copies a raw dataset of nnU-Net v2 to a raw task of v1, with the images of imagesTs. Regions and an ignore label are ' +
    'kept. The dataset is not modified.',
  define(parser) {
    parser.add_argument('-d', { required: true, metavar: 'DATASET', help: 'id or name of the dataset' });
    parser.add_argument('-output_task_id', {
      type: 'int',
      metavar: 'ID',
      help: 'id of the task (default: the id of the dataset)',
    });
    parser.add_argument('-p', { type: 'int', metavar: 'N', help: 'number of files to copy at a time (default: 2)' });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { convertDatasetToV1 } = await import('@nnunet/pipeline/v2');
    const folder = await convertDatasetToV1({
      roots,
      dataset: args.d,
      outputId: args.output_task_id,
      concurrency: args.p,
      variables: process.env,
      reporter,
      signal,
    });
    print(`converted: ${folder}`);
  },
};
