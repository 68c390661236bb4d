import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { fileError, namesIn } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { allInOrder } from './all-in-order.ts';
import { loadImageFormats, niftiStem, otherExtension } from './image-formats.ts';

/** One image to convert. */
export interface ImportItem {
  /** Path; a folder of slices ends in '/'. */
  source: string;
  /** Path of the NIfTI file. */
  target: string;
  /** Whether it is a label map. */
  labels: boolean;
}

/** The content of a folder for the import. */
export interface ImportList {
  items: ImportItem[];
  /** Paths that are not images. */
  passedOver: string[];
  /** Whether the folder is a whole task with imagesTr and its sister folders. */
  task: boolean;
}

interface ListOptions {
  input: string;
  output: string;
  labels: boolean;
  /** Known formats. */
  formats: ImageFormats;
}

const SUBFOLDERS = ['imagesTr', 'labelsTr', 'imagesTs', 'labelsTs'];

/**
 * Lists the images to convert: in a task (a folder that contains imagesTr, labelsTr, imagesTs or labelsTs) those in
 * these folders, otherwise those in the folder itself. Files that belong to a header and spacing files count neither as
 * images nor as passed over.
 *
 * @throws NnUNetError 'missing-file', 'no-images', 'missing-package'; 'usage' if two images would become one file
 */
export async function listImports({ input, output, labels, formats }: ListOptions): Promise<ImportList> {
  const names = await namesIn(input);
  const subfolders = SUBFOLDERS.filter((name) => names.includes(name));
  const lists =
    subfolders.length === 0
      ? [await listFolder({ input, output, labels, formats })]
      : await allInOrder(
          subfolders.map((name) => {
            const labels = name.startsWith('labels');
            return listFolder({ input: join(input, name), output: join(output, name), labels, formats });
          }),
        );
  const items = lists.flatMap((list) => list.items);
  if (items.length === 0) {
    const remedy =
      'Choose a folder that contains images (.nii.gz, .nrrd, .mha, .tif, …), folders of slices, or a task with imagesTr. To import images in sub-folders, give a pattern: `patterns` {case}/adc.nii.gz.';
    throw new NnUNetError('no-images', { where: input, what: 'there are no images in this folder', remedy });
  }
  return { items, passedOver: lists.flatMap((list) => list.passedOver), task: subfolders.length > 0 };
}

async function listFolder({ input, output, labels, formats }: ListOptions) {
  const items: ImportItem[] = [];
  const passedOver: string[] = [];
  const targets = new Map<string, string>();
  for (const name of await namesIn(input)) {
    if (name.startsWith('.')) continue;
    const source = await imageAt(join(input, name), formats);
    if (source === null) {
      if (!/\.(z?raw|raw\.gz|json)$/i.test(name)) passedOver.push(join(input, name));
      continue;
    }
    const stem = niftiStem(name, formats);
    const target = join(output, `${labels || /._\d{4}$/.test(stem) ? stem : `${stem}_0000`}.nii.gz`);
    const other = targets.get(target);
    if (other === undefined) {
      targets.set(target, source);
      items.push({ source, target, labels });
    } else if (source === target || other === target) {
      // Converted in place before: the other one is the source.
      items.find((item) => item.target === target)!.source = source === target ? other : source;
    } else {
      const what = `${other} and ${source} would both become ${target}`;
      throw usageError({ what, remedy: 'Move one of them away.' });
    }
  }
  return { items, passedOver };
}

/** Returns the path of an image, ending in '/' for a folder of slices; null for anything else. */
export async function imageAt(path: string, formats: ImageFormats): Promise<string | null> {
  const folder = await stat(path).then(
    (found) => found.isDirectory(),
    (cause) => {
      throw fileError(cause, path);
    },
  );
  if (!folder) return /\.nii(\.gz)?$/i.test(path) || otherExtension(path, formats) !== '' ? path : null;
  const { slicesIn } = await loadImageFormats(path, formats);
  return (await slicesIn(path)) === null ? null : `${path}/`;
}
