import type { Command } from '../command.ts';
import { addDeviceOption } from '../device-option.ts';
import { parseMemorySize } from '../memory-size.ts';
import { addModelArguments } from '../model-arguments.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { describeEstimate } from '../prediction-estimate.ts';
import { addStrictGeometryOption } from '../strict-geometry-option.ts';

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
    addModelArguments(parser, {
      task: { required: false, help: 'task name or id; required, unless --model_folder is given' },
      trainer: {
        default: 'nnUNetTrainerV2',
        help: 'trainer (default: %(default)s); with -m 3d_cascade_fullres that of 3d_lowres',
      },
      foldsTo: 'average',
    });
    parser.add_argument('--model_folder', {
      metavar: 'DIR',
      help:
        'folder of a trained model, wherever it lies, in place of -t, -tr, -ctr, -m and -p: one of this program, of nnU-Net v1 ' +
        '(with plans.pkl and fold_0) or of nnU-Net v2 (with plans.json, dataset.json and fold_0). No paths need to be set up. ' +
        'A cascade then needs -l',
    });
    parser.add_argument('-ctr', '--cascade_trainer_class_name', {
      default: 'nnUNetTrainerV2CascadeFullRes',
      metavar: 'CLASS',
      help: 'trainer of 3d_cascade_fullres (default: %(default)s)',
    });
    parser.add_argument('-z', '--save_npz', {
      action: 'store_true',
      help: 'save the probabilities (softmax) too: nnUNet_ensemble needs them',
    });
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
    parser.add_argument('--preset', {
      default: 'exact',
      choices: ['exact', 'balanced', 'quick'],
      help:
        'exact: the answer of nnU-Net v1; balanced: mirrored along one axis, and no tiles outside the body; quick: not mirrored, ' +
        'tiles 0.75 of a patch apart, none outside the body. docs/inference.md has their times and differences. Any of the ' +
        'next four options overrides it (default: %(default)s)',
    });
    parser.add_argument('--disable_tta', {
      action: 'store_true',
      help: 'do not average over mirrored patches: up to eight times faster, a little less exact',
    });
    parser.add_argument('--mirror_axes', {
      nargs: '+',
      type: 'int',
      metavar: 'AXIS',
      help: 'axes of the patch to mirror along, 0 to 2, of those that the model allows (default: by the preset)',
    });
    parser.add_argument('--step_size', {
      type: 'float',
      metavar: 'X',
      help: 'distance of neighbouring tiles as a share of the patch (default: 0.5, or by the preset)',
    });
    parser.add_argument('--tiles', {
      choices: ['all', 'body'],
      help:
        'tiles are the places that the patch is moved to. all: every tile is evaluated; body: those of ' +
        'nothing but background are left out, and are background in the result (default: by the preset)',
    });
    parser.add_argument('--max_memory', {
      metavar: 'SIZE',
      help:
        'memory that the program may use, e.g. 6GB or 2048MB; a case that needs more is refused (default: four fifths of what ' +
        'is free)',
    });
    parser.add_argument('--overwrite_existing', {
      action: 'store_true',
      help: 'predict cases again that have a result',
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
    parser.add_argument('--num_threads_preprocessing', {
      type: 'int',
      metavar: 'N',
      help: 'threads that prepare cases while the network is at work; 0: none (default: 1 where that pays, else 0)',
    });
    parser.add_argument('--num_threads_nifti_save', {
      type: 'int',
      metavar: 'N',
      help: 'threads that write results while the network is at work; 0: none (default: 1 where that pays, else 0)',
    });
    parser.add_argument('--all_in_gpu', { metavar: 'BOOL', help: 'accepted, no effect' });
    parser.add_argument('--disable_mixed_precision', {
      action: 'store_true',
      help: 'accepted, no effect: everything is computed in single precision',
    });
    addStrictGeometryOption(parser);
    addDeviceOption(parser);
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
      strictGeometry: args.strict_geometry,
      plugins: pluginsOf(args),
      configuration: args.model,
      plansIdentifier: args.plans_identifier,
      folds: args.folds,
      checkpoint: args.chk,
      saveSoftmax: args.save_npz,
      partId: args.part_id,
      numParts: args.num_parts,
      preset: args.preset,
      mirrorAxes: args.disable_tta ? [] : (args.mirror_axes ?? undefined),
      stepSize: args.step_size ?? undefined,
      tiles: args.tiles ?? undefined,
      maxMemory: args.max_memory == null ? undefined : parseMemorySize(args.max_memory, '--max_memory'),
      threads: {
        preparing: args.num_threads_preprocessing ?? undefined,
        writing: args.num_threads_nifti_save ?? undefined,
      },
      overwrite: args.overwrite_existing,
      keepFormat: args.keep_format,
      device: args.device,
      reporter,
      onEstimate: (estimate) => reporter.message(describeEstimate(estimate)),
      signal,
    });
    print(
      `predicted: ${predicted} ${predicted === 1 ? 'case' : 'cases'}${skipped ? `, ${skipped} existed already` : ''}: ${args.output_folder}`,
    );
  },
};
