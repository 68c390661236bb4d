import { usageError } from '@nnunet/errors';
import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { addStrictGeometryOption } from '../strict-geometry-option.ts';

const orNone = (name: string): string | null => (name === 'None' ? null : name);

export const command: Command = {
  description:
    'Extracts the fingerprint of one or more raw datasets, plans the U-Net configurations (2D, 3D full resolution and, for ' +
    'large images, 3D low resolution) and preprocesses the training data for them.',
  define(parser) {
    parser.add_argument('-t', '--task_ids', {
      nargs: '+',
      required: true,
      metavar: 'TASK',
      help: 'ids or names of tasks, and of datasets of nnU-Net v2, which are planned by its rules',
    });
    parser.add_argument('-pl3d', '--planner3d', {
      default: 'ExperimentPlanner3D_v21',
      metavar: 'CLASS',
      help: 'planner for the 3D U-Nets, or None to skip them (default: %(default)s); for datasets of v2, one of its planners (default: ExperimentPlanner)',
    });
    parser.add_argument('-pl2d', '--planner2d', {
      default: 'ExperimentPlanner2D_v21',
      metavar: 'CLASS',
      help: 'planner for the 2D U-Net, or None to skip it (default: %(default)s)',
    });
    parser.add_argument('-no_pp', { action: 'store_true', help: 'plan without preprocessing' });
    parser.add_argument('-tl', {
      type: 'int',
      metavar: 'N',
      help: 'number of worker threads for the low resolution stage (default: all cores)',
    });
    parser.add_argument('-tf', {
      type: 'int',
      metavar: 'N',
      help: 'number of worker threads for the full resolution stage and 2D (default: all cores)',
    });
    parser.add_argument('--verify_dataset_integrity', {
      action: 'store_true',
      help: 'read every file first and list all faults of the dataset; recommended once for every new dataset',
    });
    addStrictGeometryOption(parser);
    parser.add_argument('--integrity_report', {
      metavar: 'FILE',
      help: 'also write the faults of the dataset to this JSON file; with several tasks, the file name is prefixed with the task',
    });
    parser.add_argument('-overwrite_plans', {
      metavar: 'FILE',
      help:
        'use the plans of another task (JSON, or a pickle of v1) for the 3D U-Nets, so that its weights can be used here; ' +
        'requires -pl3d ExperimentPlanner3D_v21_Pretrained',
    });
    parser.add_argument('-overwrite_plans_identifier', {
      metavar: 'NAME',
      help: 'name for the plans given by -overwrite_plans; train with -p nnUNetPlans_pretrained_NAME',
    });
    parser.add_argument('--gpu_memory_target', {
      type: 'float',
      metavar: 'GB',
      help:
        'GPU memory to plan for (default: 8, as in v1); determines patch and batch size. Plans for other values get their own ' +
        'identifier, for example nnUNetPlansv2.1_gpu4GB; train with -p',
    });
    parser.add_argument('--how_much_of_a_patient', {
      type: 'float',
      metavar: 'N',
      help:
        'plan the cascade if the median case has at least N times as many voxels as a patch (default: 4); smaller values plan ' +
        '3d_lowres for smaller images too',
    });
    addPluginOption(parser);
  },
  async run(args, { roots, reporter, signal, answer, defaultWorkers }) {
    if (args.overwrite_plans !== undefined && args.overwrite_plans_identifier === undefined) {
      throw usageError({
        what: '-overwrite_plans needs an identifier for the plans',
        remedy: 'Add -overwrite_plans_identifier NAME.',
      });
    }
    const { loadExtensions, planAndPreprocess } = await import('@nnunet/pipeline');
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
      extensions: await loadExtensions(pluginsOf(args)),
      gpuMemoryTarget: args.gpu_memory_target,
      howMuchOfAPatient: args.how_much_of_a_patient,
      overwritePlans:
        args.overwrite_plans === undefined
          ? undefined
          : { file: args.overwrite_plans, identifier: args.overwrite_plans_identifier },
      variables: process.env,
      reporter,
      signal,
    });
    const preprocessed = !args.no_pp;
    const lines = folders.map((folder) => `${preprocessed ? 'prepared' : 'planned'}: ${folder}`);
    answer('plan_and_preprocess', { folders, preprocessed }, lines);
  },
};
