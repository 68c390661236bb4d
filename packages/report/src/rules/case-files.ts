import { existsSync } from 'node:fs';
import { joinPath } from '@nnunet/schema/internal';

/** The files of a case that exist. */
export interface TaskCase {
  id: string;
  training: boolean;
  /** One per modality; empty if any is missing. */
  images: string[];
  labelFile: string | null;
}

/**
 * Returns the images of a case in a folder, one per channel; none if any is missing.
 *
 * @param names `ending`: of the files, with its dot
 */
export function imagesOfCase(
  folder: string,
  id: string,
  { channels, ending }: { channels: number; ending: string },
): string[] {
  const name = (channel: number) => `${id}_${String(channel).padStart(4, '0')}${ending}`;
  const files = Array.from({ length: channels }, (_, channel) => joinPath(folder, name(channel)));
  return files.every((file) => existsSync(file)) ? files : [];
}
