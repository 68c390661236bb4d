import { sizeOf } from '@nnunet/tensor';
import type { ImageFormats, ImageGeometry, Triple } from '@nnunet/volume';
import { readGeometry } from '@nnunet/volume/node';

/** Headers that are read at the same time. */
const AT_ONCE = 16;

/**
 * Reads the geometry of the first image of each case; those of unreadable files and other formats are left out.
 *
 * @param formats besides NIfTI
 */
export async function geometriesOf(
  cases: readonly { images: readonly string[] }[],
  formats?: ImageFormats,
): Promise<ImageGeometry[]> {
  const found: (ImageGeometry | null)[] = [];
  for (let i = 0; i < cases.length; i += AT_ONCE) {
    const some = cases.slice(i, i + AT_ONCE).map(({ images }) => images[0]!);
    found.push(...(await Promise.all(some.map((file) => readGeometry(file, formats).catch(() => null)))));
  }
  return found.filter((geometry) => geometry !== null);
}

/** Images of which only sizes and spacings are known, (z, y, x). */
export function imagesOfSizes(sizes: readonly number[][], spacings: readonly number[][]): ImageGeometry[] {
  return sizes.map((shape, i) => ({
    shape: shape as unknown as Triple,
    spacing: spacings[i] as unknown as Triple,
    origin: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  }));
}

export function meanVoxels(images: readonly ImageGeometry[]): number {
  return images.reduce((sum, { shape }) => sum + sizeOf(shape), 0) / Math.max(1, images.length);
}
