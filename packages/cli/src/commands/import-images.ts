import { usageError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import type { Command } from '../command.ts';
import { addPluginOption, pluginsOf } from '../plugin-option.ts';

export const command: Command = {
  description:
    'Converts images to NIfTI in the raw layout, CASE_0000.nii.gz: NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd), TIFF, ' +
    'and folders of DICOM or PNG slices. Needs the package @nnunet/formats.',
  define(parser) {
    parser.add_argument('-i', '--input_folder', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder with images, or a task folder with imagesTr, labelsTr, imagesTs; not modified unless -o is the same folder',
    });
    parser.add_argument('-o', '--output_folder', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder for the NIfTI files; may be the input folder',
    });
    parser.add_argument('--pattern', {
      nargs: '+',
      metavar: 'PATH',
      help:
        "paths of a case's images below the input folder, one per modality: '{case}/adc.nii.gz' '{case}/dwi.nii.gz', or " +
        "'{case}/T2/' for folders of DICOM slices; * stands for any characters, **/ for any folders",
    });
    parser.add_argument('--labels', {
      nargs: '?',
      const: true,
      metavar: 'PATH',
      help:
        "with --pattern: path of the label maps ('{case}/lesion.nii.gz'); images then go to imagesTr and label maps to labelsTr. " +
        'Without --pattern: the input images are label maps, CASE.nii.gz (always assumed in labelsTr and labelsTs)',
    });
    parser.add_argument('--dry_run', {
      action: 'store_true',
      help: 'print what would be converted, and write nothing',
    });
    parser.add_argument('--overwrite_existing', {
      action: 'store_true',
      help: 'convert images again even if they were converted before',
    });
    addPluginOption(parser);
  },
  async run(args, { reporter, signal, print }) {
    const { importImages, loadExtensions } = await import('@nnunet/pipeline');
    const labels: string | true | undefined = args.labels ?? undefined;
    if ((args.pattern === undefined) === (typeof labels === 'string')) {
      const what = args.pattern === undefined ? 'needs --pattern beside its path' : 'needs the path of the label maps';
      if (labels !== undefined) throw usageError({ what, where: '--labels', remedy: "'{case}/lesion.nii.gz'." });
    }
    const { converted, kept, table } = await importImages({
      input: args.input_folder,
      output: args.output_folder,
      labels: labels === true,
      ...(args.pattern && { patterns: { images: args.pattern, ...(typeof labels === 'string' && { labels }) } }),
      dryRun: args.dry_run,
      overwrite: args.overwrite_existing,
      extensions: await loadExtensions(pluginsOf(args)),
      reporter,
      signal,
    });
    if (args.dry_run) return print(table);
    print(`converted: ${counted(converted, 'image')}${kept ? `, ${kept} already existed` : ''}: ${args.output_folder}`);
  },
};
