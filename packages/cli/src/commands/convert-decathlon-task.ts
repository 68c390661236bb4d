import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Converts a task of the Medical Segmentation Decathlon (TaskXX_NAME) to the raw data format: one 3D file per case and ' +
    'modality. The input folder is not modified.',
  define(parser) {
    parser.add_argument('-i', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder of the Decathlon task; its name must be TaskXX_NAME',
    });
    parser.add_argument('-p', {
      type: 'int',
      metavar: 'N',
      help: 'number of files to convert at a time (default: 2)',
    });
    parser.add_argument('-output_task_id', {
      type: 'int',
      metavar: 'ID',
      help: 'id of the converted task (default: the id of the input)',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { convertDecathlon } = await import('@nnunet/pipeline');
    const folder = await convertDecathlon({
      roots,
      input: args.i,
      outputTaskId: args.output_task_id,
      concurrency: args.p,
      reporter,
      signal,
    });
    print(`converted: ${folder}`);
  },
};
