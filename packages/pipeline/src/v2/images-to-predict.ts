import { basename } from 'node:path';
import { imagesByCaseV2 } from '@nnunet/dataset/node';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import type { DatasetV2 } from '@nnunet/schema';
import type { ImageFormats } from '@nnunet/volume';
import { readerOfDataset } from './reader-formats.ts';

/**
 * Lists the cases of a folder of images to predict with a model of v2, sorted.
 *
 * @param fileEnding that of the model's dataset
 * @throws NnUNetError 'missing-folder', 'no-images'
 */
export async function imagesToPredictV2(
  folder: string,
  fileEnding: string,
): Promise<{ id: string; images: string[] }[]> {
  const cases = await imagesByCaseV2(folder, fileEnding);
  if (cases.length > 0) return cases;
  throw new NnUNetError('no-images', {
    what: `there are no images named CASE_0000${fileEnding} in this folder`,
    where: folder,
    remedy: `The dataset of the model has files that end in ${fileEnding}, with the number of the channel in four digits.`,
  });
}

/**
 * Refuses cases that lack an image of a channel. A 2D image may hold several channels in a file.
 *
 * @throws NnUNetError 'missing-file' naming the missing images
 */
export async function requireChannelsV2(
  cases: readonly { id: string; images: readonly string[] }[],
  { folder, dataset, known }: { folder: string; dataset: DatasetV2; known: ImageFormats },
): Promise<void> {
  const { fileEnding, channelNames } = dataset;
  const reader = await readerOfDataset(dataset, folder, { firstImage: cases[0]?.images[0], known });
  if (reader === 'NaturalImage2DIO') return;
  const missing = cases.flatMap(({ id, images }) => {
    const there = new Set(images.map((path) => basename(path)));
    const names = channelNames.map((_, channel) => `${id}_${String(channel).padStart(4, '0')}${fileEnding}`);
    return names.filter((name) => !there.has(name));
  });
  if (missing.length === 0) return;
  throw new NnUNetError('missing-file', {
    what: `there is no ${listed(missing, 5)}`,
    where: folder,
    remedy: `Add it: the model needs ${listed(channelNames.map((name, channel) => `${name} (_${String(channel).padStart(4, '0')})`))} of every case.`,
  });
}
