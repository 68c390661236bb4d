import type { DicomOutput } from '@nnunet/pipeline';
import type { Arguments, Command } from '../command.ts';
import { addDeviceOption } from '../device-option.ts';
import { parseMemorySize } from '../memory-size.ts';
import { addModelArguments, modelOptions, PREDICTED_CONFIGURATION } from '../model-arguments.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';
import { describeEstimate, type Estimate } from '../prediction-estimate.ts';
import { addStrictGeometryOption } from '../strict-geometry-option.ts';

export const command: Command = {
  description:
    'Predicts label maps with a trained model: of single images (-i image.nii.gz -o labels.nii.gz), or of all cases in a folder ' +
    '(-i FOLDER -o FOLDER). If a case has several channels, give each with an -i of its own (-i t1.nii.gz -i t2.nii.gz), in the ' +
    "model's order. In a folder, they are named CASE_0000.nii.gz, CASE_0001.nii.gz, …; the number may be left out if there is " +
    'one channel. With the package @nnunet/formats, images may also be NRRD, MetaImage or TIFF files, or folders of DICOM or ' +
    'PNG slices.',
  define(parser) {
    parser.add_argument('-i', '--input_folder', {
      required: true,
      action: 'append',
      nargs: '+',
      metavar: 'IMAGE',
      help:
        'an image, or a folder of images; several images are cases of a model with one channel. Repeat -i for each further ' +
        'channel, with one image per case',
    });
    parser.add_argument('-o', '--output_folder', {
      required: true,
      metavar: 'LABELS',
      help: 'folder for the label maps; for a single case, also the name of a file: .nii.gz, .nii, .nrrd or .mha, or .dcm for a DICOM object',
    });
    addModelArguments(parser, {
      task: {
        required: false,
        help: 'name or id of a task, or of a dataset of nnU-Net v2 whose models are installed; required unless --model_folder is given',
      },
      trainer: {
        help:
          'trainer; with -m 3d_cascade_fullres, the trainer of 3d_lowres (default: nnUNetTrainerV2; otherwise the only one ' +
          'installed)',
      },
      foldsTo: 'average',
      configuration: PREDICTED_CONFIGURATION,
    });
    parser.add_argument('--model_folder', {
      metavar: 'DIR',
      help:
        'folder of a trained model, in any place, instead of -t, -tr, -ctr, -m and -p. The model may come from this program, ' +
        'nnU-Net v1 (with plans.pkl and fold_0) or nnU-Net v2 (with plans.json, dataset.json and fold_0). No paths need to be ' +
        'set up. A cascade also needs -l',
    });
    parser.add_argument('-ctr', '--cascade_trainer_class_name', {
      metavar: 'CLASS',
      help: 'trainer of 3d_cascade_fullres (default: nnUNetTrainerV2CascadeFullRes; otherwise the only one installed)',
    });
    parser.add_argument('-z', '--save_npz', {
      action: 'store_true',
      help: 'also save the probabilities (softmax), which nnUNet_ensemble needs',
    });
    parser.add_argument('-l', '--lowres_segmentations', {
      metavar: 'FOLDER',
      help:
        'with -m 3d_cascade_fullres: folder of label maps predicted by 3d_lowres for these cases (default: predict them first, ' +
        'into 3d_lowres_predictions in the output folder)',
    });
    parser.add_argument('--part_id', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'number of the part to predict, starting at 0 (default: %(default)s)',
    });
    parser.add_argument('--num_parts', {
      type: 'int',
      default: 1,
      metavar: 'N',
      help: 'number of parts to divide the cases into (default: %(default)s)',
    });
    parser.add_argument('--preset', {
      default: 'exact',
      choices: ['exact', 'balanced', 'quick'],
      help:
        'exact: the result of nnU-Net v1; balanced: mirror along one axis and skip tiles outside the body; quick: no mirroring, ' +
        'tiles 0.75 of a patch apart, skip tiles outside the body, and on the CPU 8-bit integers where they cost little. ' +
        'docs/inference.md compares them. The next four options override the preset (default: %(default)s)',
    });
    parser.add_argument('--disable_tta', {
      action: 'store_true',
      help: 'do not average over mirrored patches; up to eight times faster, slightly less accurate',
    });
    parser.add_argument('--mirror_axes', {
      nargs: '+',
      type: 'int',
      metavar: 'AXIS',
      help: 'axes of the patch to mirror along, 0 to 2, if the model allows them (default: set by the preset)',
    });
    parser.add_argument('--step_size', {
      type: 'float',
      metavar: 'X',
      help: 'distance between neighbouring tiles as a fraction of the patch (default: set by the preset)',
    });
    parser.add_argument('--tiles', {
      choices: ['all', 'body'],
      help:
        'which tiles (positions of the patch) to evaluate. all: every tile; body: skip tiles that contain only background; they ' +
        'become background in the result (default: set by the preset)',
    });
    parser.add_argument('--max_memory', {
      metavar: 'SIZE',
      help:
        'memory that the program may use, for example 6GB or 2048MB; a case that needs more is refused (default: four fifths ' +
        'of the free memory)',
    });
    parser.add_argument('--overwrite_existing', {
      action: 'store_true',
      help: 'predict cases again even if their results exist',
    });
    parser.add_argument('--keep_format', {
      action: 'store_true',
      help: 'also write label maps as .nrrd, .mha or .gipl if the images are NRRD, MetaImage or GIPL',
    });
    parser.add_argument('--dicom', {
      nargs: '+',
      choices: ['seg', 'rtstruct'],
      help:
        'also write label maps of DICOM series as DICOM objects: seg, a segmentation (CASE_seg.dcm); rtstruct, a structure set ' +
        'of contours (CASE_rtstruct.dcm). -i may then be a folder of DICOM files, or of such folders. See docs/dicom.md',
    });
    parser.add_argument('--segments', {
      metavar: 'FILE',
      help:
        'names, colours and codes of the labels in DICOM objects, as JSON in the format of dcmqi (default: the names in the ' +
        'model). Without --dicom, a segmentation is written',
    });
    parser.add_argument('--mode', {
      default: 'normal',
      metavar: 'MODE',
      help:
        'normal; fast: average the folds, then resample labels instead of probabilities; fastest: the same without ' +
        'interpolation (default: %(default)s)',
    });
    parser.add_argument('--num_threads_preprocessing', {
      type: 'int',
      metavar: 'N',
      help: 'number of threads that preprocess cases while the network runs (default: 1 if that saves time, otherwise 0)',
    });
    parser.add_argument('--num_threads_nifti_save', {
      type: 'int',
      metavar: 'N',
      help: 'number of threads that write results while the network runs (default: 1 if that saves time, otherwise 0)',
    });
    parser.add_argument('--all_in_gpu', {
      choices: ['None', 'True', 'False'],
      metavar: 'BOOL',
      help: 'accepted but ignored',
    });
    parser.add_argument('--disable_mixed_precision', {
      action: 'store_true',
      help: 'accepted but ignored: everything is computed in single precision',
    });
    addStrictGeometryOption(parser);
    addDeviceOption(parser);
    addPluginOption(parser);
  },
  async run(args, { roots, reporter, signal, answer }) {
    const { loadExtensions, predictFiles } = await import('@nnunet/pipeline');
    const estimates: Estimate[] = [];
    const { predicted, skipped } = await predictFiles({
      roots,
      inputs: args.input_folder,
      output: args.output_folder,
      modelFolder: args.model_folder,
      task: args.task_name,
      ...modelOptions(args),
      cascadeTrainer: args.cascade_trainer_class_name,
      lowresSegmentations: args.lowres_segmentations,
      mode: args.mode,
      strictGeometry: args.strict_geometry,
      extensions: await loadExtensions(pluginsOf(args)),
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
      dicom: dicomOutput(args),
      compute: { device: args.device },
      reporter,
      onEstimate: (estimate) => {
        estimates.push(estimate);
        reporter.message(describeEstimate(estimate));
      },
      signal,
    });
    const output: string = args.output_folder;
    answer('predict', { predicted, skipped, output, estimates }, [
      `predicted: ${predicted} ${predicted === 1 ? 'case' : 'cases'}${skipped ? `, ${skipped} already existed` : ''}: ${output}`,
    ]);
  },
};

/** The DICOM objects to write; --segments alone asks for a segmentation. */
function dicomOutput({ dicom, segments }: Arguments): DicomOutput | undefined {
  return dicom == null && segments == null
    ? undefined
    : { kinds: dicom ?? undefined, segmentsFile: segments ?? undefined };
}
