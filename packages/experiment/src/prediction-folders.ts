import { NnUNetError, usageError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { requireOtherFolder } from '@nnunet/inference/node/internal';
import { isSamePath, requireWritable } from '@nnunet/tensor/node/internal';
import type { PredictionSettings } from './settings.ts';

/**
 * Refuses folders of images, label maps and references that do not fit together.
 *
 * @param expected names of the label maps
 * @param labelFiles lists the label maps of a folder
 * @throws NnUNetError 'usage', 'no-access', 'missing-folder', 'missing-references', 'missing-predictions'
 */
export async function checkFolders(
  { images, output, references }: PredictionSettings,
  expected: readonly string[],
  labelFiles: (folder: string) => Promise<readonly string[]>,
): Promise<void> {
  await requireOtherFolder({ inputFolder: images, outputFolder: output });
  await requireWritable(output);
  if (references === null) return;
  if (await isSamePath(references, output)) {
    const what = 'the folder of the references is also that of the predictions';
    throw usageError({ what, where: output, remedy: 'Give another output folder.' });
  }
  requireReferences(references, images, { expected, found: await labelFiles(references) });
}

/** Scores compare all predictions with all references. */
function requireReferences(
  folder: string,
  images: string,
  { expected, found }: { expected: readonly string[]; found: readonly string[] },
): void {
  const missing = expected.filter((name) => !found.includes(name));
  if (missing.length > 0) {
    throw new NnUNetError('missing-references', {
      what: `no reference for ${listed(missing)}`,
      where: folder,
      remedy: 'Add the missing references, predict only the other images, or leave out the references.',
    });
  }
  const other = found.filter((name) => !expected.includes(name));
  if (other.length === 0) return;
  throw new NnUNetError('missing-predictions', {
    what: `no image for the references ${listed(other)}`,
    where: images,
    remedy: `Add these images, or move their references away from ${folder}.`,
  });
}
