import { requireFinite } from '@nnunet/preprocess/internal';
import { finiteVolume } from '@nnunet/volume';
import { type GridNotice, gridNotices, type NamedGrid, notFiniteNotice } from '@nnunet/volume/internal';
import type { InputImages, ModelRules, PreparedImage } from './model-rules.ts';

/** A prepared case, with notices about its images. */
export interface PreparedInput extends PreparedImage {
  notices: GridNotice[];
}

/**
 * Carries out everything before the network, and checks the images before and the result after it.
 *
 * @throws NnUNetError 'bad-case', 'not-finite', 'other-grid', 'missing-previous-stage', 'bad-previous-stage'
 */
export function prepareInput(rules: ModelRules, input: InputImages): PreparedInput {
  const notices = inputNotices(input);
  const prepared = rules.prepare(input);
  requireFinite(prepared.image.data, prepared.image.shape, input.id);
  return { ...prepared, notices };
}

/**
 * Reports voxels that are not finite. Compares the positions of a case's images and, if known, of the previous stage's
 * labels. Differing sizes are left to the code that combines the images.
 *
 * @throws NnUNetError 'other-grid'
 */
export function inputNotices({ images, id, files = [], previousSegmentation, grid }: InputImages): GridNotice[] {
  const named: NamedGrid[] = images.map((geometry, i) => ({ name: files[i] ?? `image ${i} of ${id}`, geometry }));
  const notFinite = images.flatMap((image, i) => {
    const text = notFiniteNotice(named[i]!.name, finiteVolume(image));
    return text === null ? [] : [{ severity: 'warning' as const, text }];
  });
  const { spacing, origin, direction, shape, skewDegrees } = previousSegmentation ?? {};
  if (spacing && origin && direction && shape) {
    const [z, y, x] = shape as [number, number, number];
    const geometry = { spacing, origin, direction, skewDegrees, shape: [z, y, x] as const };
    named.push({ name: `the previous stage's segmentation of ${id}`, geometry });
  }
  const size = named[0]?.geometry.shape.join();
  const placed = named.filter(({ geometry }) => geometry.shape.join() === size);
  return [...gridNotices(placed, grid), ...notFinite];
}
