import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Writes a corrected copy of a raw task under another id; your own files are not changed. It corrects the geometry of label ' +
    "maps and further modalities (taken from the case's first image), axes less than 1° off a right angle, labels other than " +
    '0, 1, 2, … (in label maps and dataset.json) and, with --nan_to_zero, NaN. It then checks the copy and lists remaining faults.',
  define(parser) {
    parser.add_argument('-t', '--task_id', { required: true, metavar: 'TASK', help: 'name or id of the raw task' });
    parser.add_argument('-output_task_id', { type: 'int', required: true, metavar: 'ID', help: 'id of the copy' });
    parser.add_argument('--max_shift', {
      type: 'float',
      metavar: 'VOXELS',
      help:
        'copy the geometry of the first image if it places each voxel less than this distance away, in voxels of the finest ' +
        'axis (default: 0.5, above which it is an error)',
    });
    parser.add_argument('--copy_geometry', {
      action: 'store_true',
      help: 'copy the geometry whatever the distance, if you know that the voxels match',
    });
    parser.add_argument('--nan_to_zero', { action: 'store_true', help: 'set NaN and infinities in images to 0' });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { repairTask } = await import('@nnunet/pipeline');
    const { folder, changes } = await repairTask({
      roots,
      task: args.task_id,
      outputTaskId: args.output_task_id,
      maxShift: args.max_shift,
      copyGeometry: args.copy_geometry,
      nanToZero: args.nan_to_zero,
      reporter,
      signal,
    });
    print(
      `${changes.length === 0 ? 'nothing to correct; copied' : `corrected (${changes.length} changes)`}: ${folder}`,
    );
  },
};
