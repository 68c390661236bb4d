import type { Command } from '../command.ts';

export const command: Command = {
  description:
    'Converts images to NIfTI in the raw layout, CASE_0000.nii.gz: NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd), TIFF, ' +
    'and folders of DICOM or PNG slices. Needs the package @nnunet/formats.',
  define(parser) {
    parser.add_argument('-i', '--input_folder', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder with images, or a task with imagesTr, labelsTr, imagesTs in it; only read unless -o is the same',
    });
    parser.add_argument('-o', '--output_folder', {
      required: true,
      metavar: 'FOLDER',
      help: 'folder for the NIfTI files; may be the input folder',
    });
    parser.add_argument('--labels', {
      action: 'store_true',
      help: 'the images are label maps: CASE.nii.gz; what lies in labelsTr and labelsTs is anyway',
    });
    parser.add_argument('--overwrite_existing', {
      action: 'store_true',
      help: 'convert images again that were converted before',
    });
  },
  async run(args, { reporter, signal, print }) {
    const { importImages } = await import('@nnunet/pipeline');
    const { converted, kept } = await importImages({
      input: args.input_folder,
      output: args.output_folder,
      labels: args.labels,
      overwrite: args.overwrite_existing,
      reporter,
      signal,
    });
    print(`converted: ${converted} images${kept ? `, ${kept} existed already` : ''}: ${args.output_folder}`);
  },
};
