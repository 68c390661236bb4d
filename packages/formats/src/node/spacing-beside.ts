import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { fileError, readTextFile } from '@nnunet/tensor/node/internal';
import type { Geometry } from '@nnunet/volume';
import { DEFAULT_GEOMETRY, parseSpacingFile } from '../spacing-file.ts';

/**
 * Files that may contain the spacing of an image; the first one found is used. `path` is a TIFF file or, with '/', a
 * folder.
 */
function spacingFiles(path: string): string[] {
  const folder = /[/\\]$/.test(path);
  const stem = folder ? path.replace(/[/\\]+$/, '') : path.replace(/\.tiff?$/i, '');
  const withoutModality = stem.replace(/_\d{4}$/, '');
  return [
    ...(folder ? [join(stem, 'spacing.json')] : []),
    `${stem}.json`,
    ...(withoutModality === stem ? [] : [`${withoutModality}.json`]),
  ];
}

/**
 * Reads the geometry of an image whose format has none: from `spacing.json` in a folder of slices, `<name>.json` next
 * to it, or `<case>.json` for all modalities of a case; otherwise 1 mm, with `file` null.
 *
 * @throws NnUNetError 'bad-image' for an unusable spacing file
 */
export async function readSpacing(path: string): Promise<{ geometry: Geometry; file: string | null }> {
  for (const file of spacingFiles(path)) {
    let text: string;
    try {
      text = await readTextFile(file);
    } catch (cause) {
      if (isNnUNetError(cause, 'missing-file')) continue;
      throw fileError(cause, file);
    }
    return { geometry: parseSpacingFile(text, file), file };
  }
  return { geometry: DEFAULT_GEOMETRY, file: null };
}
