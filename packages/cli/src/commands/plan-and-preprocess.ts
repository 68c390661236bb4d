import { usageError } from '@nnunet/errors';
import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { addStrictGeometryOption } from '../strict-geometry-option.ts';

const orNone = (name: string): string | null => (name === 'None' ? null : name);

export const command: Command = {
  description:
    'Extracts the fingerprint of one or several raw datasets, plans the U-Net configurations (2D, 3D full resolution and, for ' +
    'large images, 3D low resolution) and prepares the training data for them.',
  define(parser) {
    parser.add_argument('-t', '--task_ids', {
      nargs: '+',
      required: true,
      metavar: 'ID',
      help: 'ids of the tasks; several may be given',
    });
    parser.add_argument('-pl3d', '--planner3d', {
      default: 'ExperimentPlanner3D_v21',
      metavar: 'CLASS',
      help: 'planner of the 3D U-Nets; None: no 3D (default: %(default)s)',
    });
    parser.add_argument('-pl2d', '--planner2d', {
      default: 'ExperimentPlanner2D_v21',
      metavar: 'CLASS',
      help: 'planner of the 2D U-Net; None: no 2D (default: %(default)s)',
    });
    parser.add_argument('-no_pp', { action: 'store_true', help: 'only plan, do not preprocess' });
    parser.add_argument('-tl', {
      type: 'int',
      metavar: 'N',
      help: 'worker threads for the low resolution stage (default: all cores)',
    });
    parser.add_argument('-tf', {
      type: 'int',
      metavar: 'N',
      help: 'worker threads for the full resolution and 2D (default: all cores)',
    });
    parser.add_argument('--verify_dataset_integrity', {
      action: 'store_true',
      help: 'read every file first and list every fault of the dataset: use it at least once for a new dataset',
    });
    addStrictGeometryOption(parser);
    parser.add_argument('--integrity_report', {
      metavar: 'FILE',
      help: 'write the faults of the dataset as JSON too; with several tasks the task stands before the name',
    });
    parser.add_argument('-overwrite_plans', {
      metavar: 'FILE',
      help:
        'plans of another task (JSON, or a pickle of v1) to take over for the 3D U-Nets, so that its weights can be used here; ' +
        'needs -pl3d ExperimentPlanner3D_v21_Pretrained',
    });
    parser.add_argument('-overwrite_plans_identifier', {
      metavar: 'NAME',
      help: 'names the plans taken over: train with -p nnUNetPlans_pretrained_NAME',
    });
    parser.add_argument('--gpu_memory_target', {
      type: 'float',
      metavar: 'GB',
      help:
        "GPU memory to plan for (default: 8, as v1 does); scales patch and batch. Other plans than v1's have an identifier of " +
        'their own, for example nnUNetPlansv2.1_gpu4GB: train with -p',
    });
    parser.add_argument('--how_much_of_a_patient', {
      type: 'float',
      metavar: 'N',
      help:
        'plan the cascade where the median case has at least N times the voxels of a patch (default: 4); a smaller number ' +
        'brings 3d_lowres for smaller images',
    });
    addPluginOption(parser);
  },
  async run(args, { roots, reporter, signal, print, defaultWorkers }) {
    if (args.overwrite_plans !== undefined && args.overwrite_plans_identifier === undefined) {
      throw usageError({
        what: '-overwrite_plans needs a name for the plans taken over',
        remedy: 'Add -overwrite_plans_identifier NAME.',
      });
    }
    const { planAndPreprocess } = await import('@nnunet/pipeline');
    const folders = await planAndPreprocess({
      roots,
      taskIds: args.task_ids,
      planner3d: orNone(args.planner3d),
      planner2d: orNone(args.planner2d),
      preprocess: !args.no_pp,
      workersLowres: args.tl ?? defaultWorkers,
      workersFullres: args.tf ?? defaultWorkers,
      verify: args.verify_dataset_integrity,
      strictGeometry: args.strict_geometry,
      integrityReport: args.integrity_report,
      plugins: pluginsOf(args),
      gpuMemoryTarget: args.gpu_memory_target,
      howMuchOfAPatient: args.how_much_of_a_patient,
      overwritePlans:
        args.overwrite_plans === undefined
          ? undefined
          : { file: args.overwrite_plans, identifier: args.overwrite_plans_identifier },
      reporter,
      signal,
    });
    for (const folder of folders) print(`${args.no_pp ? 'planned' : 'prepared'}: ${folder}`);
  },
};
