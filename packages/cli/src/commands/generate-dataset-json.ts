import { usageError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import type { Command } from '../command.ts';

/** `1=liver` as ['1', 'liver']. */
function parseLabel(text: string): [string, string] {
  const match = /^(\d+)=(.+)$/.exec(text);
  if (match !== null) return [match[1]!, match[2]!];
  throw usageError({
    what: `"${text}" is not a label`,
    where: '-l',
    remedy: 'Write value=name, for example -l 0=background 1=liver.',
  });
}

export const command: Command = {
  description:
    'Writes the dataset.json of a raw task from the contents of its folders imagesTr, labelsTr and imagesTs. The modality ' +
    'names decide the normalisation: CT, noNorm, or anything else.',
  define(parser) {
    parser.add_argument('-t', '--task_id', { metavar: 'TASK', help: 'name or id of the raw task; alternative to -i' });
    parser.add_argument('-i', { metavar: 'FOLDER', help: 'folder of the raw task, in any place' });
    parser.add_argument('-m', '--modalities', {
      nargs: '+',
      required: true,
      metavar: 'NAME',
      help: 'modality names in the order of the file numbers _0000, _0001, …, for example T1 FLAIR',
    });
    parser.add_argument('-l', '--labels', {
      nargs: '+',
      metavar: 'VALUE=NAME',
      help: 'labels, for example 0=background 1=liver (default: the values found in the label maps, with numbers as names)',
    });
    parser.add_argument('--name', { metavar: 'TEXT', help: 'name of the dataset (default: name of the folder)' });
    parser.add_argument('--description', { metavar: 'TEXT', help: 'description of the dataset' });
    parser.add_argument('--reference', { metavar: 'TEXT', help: 'where the data come from' });
    parser.add_argument('--licence', { metavar: 'TEXT', help: 'licence of the data' });
    parser.add_argument('--release', { metavar: 'TEXT', help: 'version of the dataset (default: 0.0)' });
    parser.add_argument('--overwrite', { action: 'store_true', help: 'replace an existing dataset.json' });
  },
  async run(args, { roots, reporter, signal, print }) {
    const { describeDataset } = await import('@nnunet/pipeline');
    const { file, training, test, labels } = await describeDataset({
      roots,
      task: args.task_id,
      folder: args.i,
      modalities: args.modalities,
      labels: args.labels === undefined ? undefined : Object.fromEntries(args.labels.map(parseLabel)),
      name: args.name,
      description: args.description,
      reference: args.reference,
      licence: args.licence,
      release: args.release,
      overwrite: args.overwrite,
      reporter,
      signal,
    });
    const names = Object.entries(labels).map(([value, name]) => `${value} ${name}`);
    print(`${counted(training, 'training case')}, ${counted(test, 'test case')}; labels: ${names.join(', ')}`);
    print(file);
  },
};
