import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Converts a task of the Medical Segmentation Decathlon (TaskXX_NAME) to the raw data format: one 3D file per case and ' +
    'modality. The input folder is only read.',
  define(parser) {
    parser.add_argument('-i', {
      required: true,
      metavar: 'FOLDER',
      help: 'the Decathlon task folder; its name must be TaskXX_NAME',
    });
    parser.add_argument('-p', {
      type: 'int',
      metavar: 'N',
      help: 'files that are converted at the same time (default: 2)',
    });
    parser.add_argument('-output_task_id', {
      type: 'int',
      metavar: 'ID',
      help: "id of the converted task; the input's id if left out",
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
