import type { Command } from '../command.ts';
import { addFoldsOption, addModelNameOptions } from '../prediction-arguments-v2.ts';

export const command: Command = {
  description:
    "Writes trained models of a dataset of nnU-Net v2 to a zip archive with v2's members, for nnUNetv2_install_pretrained_model_from_zip.",
  define(parser) {
    parser.add_argument('-d', { required: true, metavar: 'DATASET', help: 'id or name of the dataset' });
    parser.add_argument('-o', { required: true, metavar: 'ZIP', help: 'zip archive to write' });
    parser.add_argument('-c', {
      nargs: '+',
      metavar: 'CONFIGURATION',
      default: ['3d_lowres', '3d_fullres', '2d', '3d_cascade_fullres'],
      help: 'configurations (default: 3d_lowres 3d_fullres 2d 3d_cascade_fullres)',
    });
    addModelNameOptions(parser);
    addFoldsOption(parser);
    parser.add_argument('-chk', {
      nargs: '+',
      metavar: 'NAME',
      default: ['checkpoint_final.pth'],
      help: 'names of the checkpoints (default: checkpoint_final.pth)',
    });
    parser.add_argument('--not_strict', {
      action: 'store_true',
      help: 'leave out configurations that are not trained; otherwise they are an error',
    });
    parser.add_argument('--exp_cv_preds', {
      action: 'store_true',
      help: 'also export the label maps of the cross-validation',
    });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { exportModelsV2 } = await import('@nnunet/sharing');
    const models = await exportModelsV2({
      roots,
      dataset: args.d,
      zipFile: args.o,
      configurations: args.c,
      trainer: args.tr,
      plans: args.p,
      folds: args.f,
      checkpoints: args.chk,
      strict: !args.not_strict,
      predictions: args.exp_cv_preds,
      reporter,
      signal,
    });
    for (const model of models) print(`exported: ${model}`);
    print(args.o);
  },
};
