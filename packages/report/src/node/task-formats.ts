import type { KindOfFiles } from '@nnunet/pipeline/internal';
import { loadPlugins } from '@nnunet/threads/node';
import { type ImageFormats, type ImageGeometry, shippedFormats, type Volume } from '@nnunet/volume';
import { readChannels } from '@nnunet/volume/node/internal';

/** v2's reader of 2D images, of which a file may hold several channels. */
export const FLAT_READER = 'NaturalImage2DIO';

/** How the images and label maps of a task are read: plain data, for threads. */
export interface TaskFormats extends KindOfFiles {
  /** Paths of modules with the user's own formats. */
  plugins: readonly string[];
}

/** Returns the formats needed to read files of a task. @throws NnUNetError 'missing-package' */
export async function formatsOfTask(
  { plugins, ...kind }: TaskFormats,
  paths: readonly string[],
): Promise<ImageFormats> {
  const { formats } = await loadPlugins(plugins, { formats: shippedFormats });
  if (paths.every((path) => formats.names().some((ending) => path.toLowerCase().endsWith(ending)))) return formats;
  // All of the pipeline, which threads that read NIfTI do without.
  const { formatsOfCases } = await import('@nnunet/pipeline/internal');
  return formatsOfCases(kind, { paths, images: [] }, formats);
}

/** A 2D image as one slice of the size of its pixels: what stands for the axis that it lacks is no length. */
export function inPixels<T extends ImageGeometry>(image: T, { reader }: KindOfFiles): T {
  return reader === FLAT_READER ? { ...image, spacing: [1, image.spacing[1], image.spacing[2]] } : image;
}

/** Reads the channels of a case, of which each file may hold several, with the file of each. */
export async function channelsOfCase(
  images: readonly string[],
  formats: ImageFormats,
): Promise<{ file: string; volume: Volume<Float32Array> }[]> {
  const channels: { file: string; volume: Volume<Float32Array> }[] = [];
  for (const file of images) for (const volume of await readChannels(file, formats)) channels.push({ file, volume });
  return channels;
}
