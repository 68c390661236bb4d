import { requireFinite } from '@nnunet/preprocess/internal';
import { finiteVolume } from '@nnunet/volume';
import { type GridNotice, gridNotices, type NamedGrid, notFiniteNotice } from '@nnunet/volume/internal';
import type { InputImages, ModelRules, PreparedImage } from './model-rules.ts';

/** A prepared case, and what there is to say of its images. */
export interface PreparedInput extends PreparedImage {
  notices: GridNotice[];
}

/**
 * Everything before the network, with a look at the images that go in and at the one that comes out.
 * @throws NnUNetError 'bad-case', 'not-finite', 'other-grid', 'missing-previous-stage', 'bad-previous-stage'
 */
export function prepareInput(rules: ModelRules, input: InputImages): PreparedInput {
  const notices = inputNotices(input);
  const prepared = rules.prepare(input);
  requireFinite(prepared.image.data, prepared.image.shape, input.id);
  return { ...prepared, notices };
}

/**
 * Tells of voxels that are not finite. Compares where the images of a case lie, and the labels of the stage before where
 * they say it; those of other sizes are left to who puts them together.
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
