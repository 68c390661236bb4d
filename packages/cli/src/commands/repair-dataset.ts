import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Writes a corrected copy of a raw task under another id; your own files stay as they are. Corrected are the geometry of ' +
    "label maps and further modalities (taken from the case's first image), axes that are less than 1° off the right angle, " +
    'labels that are not 0, 1, 2, … (in the maps and in dataset.json) and, when asked for, NaN. The copy is then checked; what could not be corrected is listed.',
  define(parser) {
    parser.add_argument('-t', '--task_id', { required: true, metavar: 'ID', help: 'id or name of the raw task' });
    parser.add_argument('-output_task_id', { type: 'int', required: true, metavar: 'ID', help: 'id of the copy' });
    parser.add_argument('--max_shift', {
      type: 'float',
      metavar: 'VOXELS',
      help:
        'take over the geometry of the first image where the same voxels lie less than this far apart, in voxels of the ' +
        'finest axis (default: 0.5, from where on it is an error)',
    });
    parser.add_argument('--copy_geometry', {
      action: 'store_true',
      help: 'take it over however far they lie apart: you know that the voxels belong together',
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
