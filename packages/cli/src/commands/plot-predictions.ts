import { usageError } from '@nnunet/errors';
import type { Arguments, Command, CommandContext } from '../command.ts';

export const command: Command = {
  description:
    'Draws predicted label maps beside their images and references, enlarged, with the names and Dice of the labels, as one ' +
    'PNG a case: the slice in which prediction and reference differ most. Either the validation cases of a trained fold ' +
    '(-t, -m, -f), or any folders (-i, -pred, and -ref where there are references).',
  define(parser) {
    parser.add_argument('-o', { required: true, metavar: 'FOLDER', help: 'where the pictures go' });
    parser.add_argument('-t', { metavar: 'TASK', help: 'task name or id; with -pred it only names the labels' });
    parser.add_argument('-m', { metavar: 'CONFIGURATION', help: '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres' });
    parser.add_argument('-f', { metavar: 'FOLD', help: 'the fold whose validation cases are drawn, or all' });
    parser.add_argument('-tr', {
      metavar: 'CLASS',
      help: 'trainer (default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade)',
    });
    parser.add_argument('-p', {
      default: 'nnUNetPlansv2.1',
      metavar: 'PLANS',
      help: 'plans identifier (default: %(default)s)',
    });
    parser.add_argument('--val_folder', {
      default: 'validation_raw',
      metavar: 'NAME',
      help: 'name of the validation folder (default: %(default)s)',
    });
    parser.add_argument('-i', { metavar: 'FOLDER', help: 'folder with the images, CASE_0000.nii.gz and so on' });
    parser.add_argument('-pred', { metavar: 'FOLDER', help: 'folder with the predicted label maps' });
    parser.add_argument('-ref', { metavar: 'FOLDER', help: 'folder with the reference label maps' });
    parser.add_argument('-modality_idx', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'which modality to draw (default: %(default)s)',
    });
  },
  async run(args, context) {
    const { plotPredictions } = await import('@nnunet/pipeline');
    const { reporter, signal, print } = context;
    const folders = await foldersOf(args, context);
    const outputFolder: string = args.o;
    const pictures = await plotPredictions({ ...folders, outputFolder, modality: args.modality_idx, reporter, signal });
    print(`${pictures} ${pictures === 1 ? 'picture' : 'pictures'}: ${outputFolder}`);
  },
};

async function foldersOf(args: Arguments, { roots }: CommandContext) {
  const { labelNamesOf, validationFolders } = await import('@nnunet/pipeline');
  if (args.pred !== undefined && args.i !== undefined) {
    const names = args.t === undefined ? {} : await labelNamesOf(roots, args.t);
    return { images: args.i, predictions: args.pred, references: args.ref, names };
  }
  if (args.t === undefined || args.m === undefined || args.f === undefined || args.pred !== undefined) {
    throw usageError({
      what: 'it is not said which predictions to draw',
      remedy: 'Give -t, -m and -f for the validation cases of a fold, or -i and -pred for two folders.',
    });
  }
  const usual = args.m === '3d_cascade_fullres' ? 'nnUNetTrainerV2CascadeFullRes' : 'nnUNetTrainerV2';
  return validationFolders({
    roots,
    task: args.t,
    configuration: args.m,
    trainer: args.tr ?? usual,
    plansIdentifier: args.p,
    fold: args.f,
    validationFolder: args.val_folder,
  });
}
