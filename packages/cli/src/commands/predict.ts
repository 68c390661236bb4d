import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';

export const command: Command = {
  description:
    'Predicts label maps for all cases of a folder with a trained model. The images must be named as in training: ' +
    'CASE_0000.nii.gz, CASE_0001.nii.gz and so on, one file per modality. With the package @nnunet/formats they may also be ' +
    'NRRD, MetaImage or TIFF files, or folders CASE_0000 of DICOM or PNG slices.',
  define(parser) {
    parser.add_argument('-i', '--input_folder', { required: true, metavar: 'FOLDER', help: 'folder with the images' });
    parser.add_argument('-o', '--output_folder', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder for the label maps',
    });
    parser.add_argument('-t', '--task_name', {
      metavar: 'TASK',
      help: 'task name or id; required, unless --model_folder is given',
    });
    parser.add_argument('--model_folder', {
      metavar: 'DIR',
      help:
        'folder of a trained model, wherever it lies, in place of -t, -tr, -ctr, -m and -p: one of this program, of nnU-Net v1 ' +
        '(with plans.pkl and fold_0) or of nnU-Net v2 (with plans.json, dataset.json and fold_0). No paths need to be set up. ' +
        'A cascade then needs -l',
    });
    parser.add_argument('-tr', '--trainer_class_name', {
      default: 'nnUNetTrainerV2',
      metavar: 'CLASS',
      help: 'trainer (default: %(default)s); with -m 3d_cascade_fullres that of 3d_lowres',
    });
    parser.add_argument('-ctr', '--cascade_trainer_class_name', {
      default: 'nnUNetTrainerV2CascadeFullRes',
      metavar: 'CLASS',
      help: 'trainer of 3d_cascade_fullres (default: %(default)s)',
    });
    parser.add_argument('-m', '--model', {
      default: '3d_fullres',
      metavar: 'CONFIGURATION',
      help: '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres (default: %(default)s)',
    });
    parser.add_argument('-p', '--plans_identifier', {
      default: 'nnUNetPlansv2.1',
      metavar: 'PLANS',
      help: 'plans identifier (default: %(default)s)',
    });
    parser.add_argument('-f', '--folds', {
      nargs: '+',
      metavar: 'FOLD',
      help: 'folds to average, or all (default: every fold that was trained)',
    });
    parser.add_argument('-z', '--save_npz', { action: 'store_true', help: 'save the softmax too, for ensembling' });
    parser.add_argument('-l', '--lowres_segmentations', {
      metavar: 'FOLDER',
      help:
        'with -m 3d_cascade_fullres: label maps that 3d_lowres has predicted for these cases (default: 3d_lowres is run first, ' +
        'into the folder 3d_lowres_predictions of the output)',
    });
    parser.add_argument('--part_id', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'which part of the cases to predict (default: %(default)s)',
    });
    parser.add_argument('--num_parts', {
      type: 'int',
      default: 1,
      metavar: 'N',
      help: 'into how many parts the cases are divided (default: %(default)s)',
    });
    parser.add_argument('--disable_tta', {
      action: 'store_true',
      help: 'no mirroring: up to eight times faster, a little less exact',
    });
    parser.add_argument('--overwrite_existing', {
      action: 'store_true',
      help: 'predict cases again that have a result',
    });
    parser.add_argument('--step_size', {
      type: 'float',
      default: 0.5,
      metavar: 'X',
      help: 'step of the tiles as a share of the patch (default: %(default)s)',
    });
    parser.add_argument('--keep_format', {
      action: 'store_true',
      help: 'write the label maps also as .nrrd or .mha where the images are NRRD or MetaImage',
    });
    parser.add_argument('--mode', {
      default: 'normal',
      metavar: 'MODE',
      help:
        'normal; fast: averages the folds, then resamples labels instead of probabilities; fastest: the same without ' +
        'interpolation (default: %(default)s)',
    });
    parser.add_argument('-chk', {
      default: 'model_final_checkpoint',
      metavar: 'NAME',
      help: 'checkpoint (default: %(default)s)',
    });
    for (const flag of ['--num_threads_preprocessing', '--num_threads_nifti_save']) {
      parser.add_argument(flag, {
        type: 'int',
        metavar: 'N',
        help: 'accepted, no effect: the time goes into the network, which uses all cores',
      });
    }
    parser.add_argument('--all_in_gpu', { metavar: 'BOOL', help: 'accepted, no effect' });
    parser.add_argument('--disable_mixed_precision', {
      action: 'store_true',
      help: 'accepted, no effect: everything is computed in single precision',
    });
    addPluginOption(parser);
  },
  async run(args, { roots, reporter, signal, print }) {
    const { predict } = await import('@nnunet/pipeline');
    const { predicted, skipped } = await predict({
      roots,
      inputFolder: args.input_folder,
      outputFolder: args.output_folder,
      modelFolder: args.model_folder,
      task: args.task_name,
      trainer: args.trainer_class_name,
      cascadeTrainer: args.cascade_trainer_class_name,
      lowresSegmentations: args.lowres_segmentations,
      mode: args.mode,
      plugins: pluginsOf(args),
      configuration: args.model,
      plansIdentifier: args.plans_identifier,
      folds: args.folds,
      checkpoint: args.chk,
      saveSoftmax: args.save_npz,
      partId: args.part_id,
      numParts: args.num_parts,
      mirroring: !args.disable_tta,
      overwrite: args.overwrite_existing,
      stepSize: args.step_size,
      keepFormat: args.keep_format,
      reporter,
      signal,
    });
    print(`predicted: ${predicted} cases${skipped ? `, ${skipped} existed already` : ''}: ${args.output_folder}`);
  },
};
