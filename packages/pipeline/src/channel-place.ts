import { usageError } from '@nnunet/errors';
import type { ImageFormats } from '@nnunet/volume';
import { formatOf } from '@nnunet/volume/internal';
import { readHeader } from '@nnunet/volume/node/internal';

/** The file that holds a channel of a case, and which of its channels that is. */
export interface ChannelPlace {
  file: string;
  channel: number;
}

/** Whether a file may hold several channels. */
export function holdsSeveral(file: string, formats: ImageFormats): boolean {
  return formatOf(file, formats).readChannelsPath !== undefined;
}

/** Finds a channel among the images of a case, of which each may hold several. @throws NnUNetError 'usage' */
export async function placeOfChannel(
  channel: number,
  images: readonly string[],
  formats: ImageFormats,
): Promise<ChannelPlace> {
  let before = 0;
  for (const file of images) {
    const channels = holdsSeveral(file, formats) ? (await readHeader(file, formats)).channels : 1;
    if (channel < before + channels) return { file, channel: channel - before };
    before += channels;
  }
  throw usageError({ what: `there is no channel ${channel}: the case has ${before}`, where: '`channel`' });
}
