import { usageError } from '@nnunet/errors';
import type { Extensions } from '@nnunet/pipeline';
import type { Arguments, Command, CommandContext } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';

export const command: Command = {
  description:
    'Draws predictions beside their images and references, with the names and Dice of the labels: one PNG per case, showing ' +
    'the slice in which prediction and reference differ most. Draws either the validation cases of a trained fold (-t, -m, -f) ' +
    'or the contents of any folders (-i, -pred and, if there are references, -ref).',
  define(parser) {
    parser.add_argument('-o', { required: true, metavar: 'FOLDER', help: 'folder for the pictures' });
    parser.add_argument('-t', {
      metavar: 'TASK',
      help: 'name or id of the task, or of a dataset of nnU-Net v2; with -pred, only used for label names',
    });
    parser.add_argument('-m', {
      metavar: 'CONFIGURATION',
      help: '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres; of nnU-Net v2, any of its plans',
    });
    parser.add_argument('-f', { metavar: 'FOLD', help: 'fold whose validation cases to draw, or all' });
    parser.add_argument('-tr', {
      metavar: 'CLASS',
      help: 'trainer (default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade; nnUNetTrainer of nnU-Net v2)',
    });
    parser.add_argument('-p', {
      default: 'nnUNetPlansv2.1',
      metavar: 'PLANS',
      help: 'plans identifier (default: %(default)s; nnUNetPlans of nnU-Net v2)',
    });
    parser.add_argument('--val_folder', {
      default: 'validation_raw',
      metavar: 'NAME',
      help: 'name of the validation folder (default: %(default)s; validation of nnU-Net v2)',
    });
    parser.add_argument('-i', {
      metavar: 'FOLDER',
      help: 'folder with the images, named CASE_0000.nii.gz, CASE_0001.nii.gz, …, or in any other format that predictions read',
    });
    parser.add_argument('-pred', { metavar: 'FOLDER', help: 'folder with the predicted label maps' });
    parser.add_argument('-ref', { metavar: 'FOLDER', help: 'folder with the reference label maps' });
    parser.add_argument('-modality_idx', {
      type: 'int',
      default: 0,
      metavar: 'N',
      help: 'number of the modality to draw (default: %(default)s)',
    });
    addPluginOption(parser);
  },
  async run(args, context) {
    const { loadExtensions, plotPredictions } = await import('@nnunet/pipeline');
    const { reporter, signal, print } = context;
    const extensions = await loadExtensions(pluginsOf(args));
    const folders = await foldersOf(args, context, extensions.formats);
    const outputFolder: string = args.o;
    const modality: number = args.modality_idx;
    const pictures = await plotPredictions({ ...folders, outputFolder, modality, extensions, reporter, signal });
    print(`${pictures} ${pictures === 1 ? 'picture' : 'pictures'}: ${outputFolder}`);
  },
};

async function foldersOf(args: Arguments, { roots, reporter }: CommandContext, formats: Extensions['formats']) {
  const { validationFolders } = await import('@nnunet/pipeline');
  const { describedTask } = await import('@nnunet/pipeline/internal');
  const reading = { variables: process.env, formats };
  if (args.pred !== undefined && args.i !== undefined) {
    const described = args.t === undefined ? { known: {} } : await describedTask(roots, args.t, reading);
    return { ...described, images: args.i, predictions: args.pred, references: args.ref };
  }
  if (args.t === undefined || args.m === undefined || args.f === undefined || args.pred !== undefined) {
    throw usageError({
      what: 'the predictions to draw are not specified',
      remedy: 'Give -t, -m and -f to draw the validation cases of a fold, or -i and -pred to draw two folders.',
    });
  }
  const usual = args.m === '3d_cascade_fullres' ? 'nnUNetTrainerV2CascadeFullRes' : 'nnUNetTrainerV2';
  const { rules, ...folders } = await validationFolders(
    {
      roots,
      task: args.t,
      configuration: args.m,
      trainer: args.tr ?? usual,
      plansIdentifier: args.p,
      fold: args.f,
      validationFolder: args.val_folder,
    },
    reading,
  );
  reporter.message(rules);
  return folders;
}
