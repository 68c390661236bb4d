import type { Geometry, Triple } from '@nnunet/volume';
import { badImage } from './bad-image.ts';

/** Geometry of images without one: 1 mm, at the origin, along ITK's own axes. */
export const DEFAULT_GEOMETRY: Geometry = {
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

/**
 * Parses a spacing file: `{"spacing": [z, y, x]}` in mm, in array axis order (nnU-Net v2's file for TIFF images), and
 * optionally `origin` (x, y, z) in mm and `direction` (3 × 3, row-major), both in ITK's LPS.
 *
 * @throws NnUNetError 'bad-image'
 */
export function parseSpacingFile(text: string, where: string): Geometry {
  const remedy = 'Write {"spacing": [z, y, x]} with three numbers in mm, the distance between slices first.';
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw badImage(where, 'is not JSON', remedy, cause);
  }
  if (typeof content !== 'object' || content === null) throw badImage(where, 'contains no JSON object', remedy);
  const { spacing, origin, direction } = content as Record<string, unknown>;
  if (!isNumbers(spacing, 3) || !spacing.every((mm) => mm > 0)) {
    throw badImage(where, `has no "spacing" of three positive numbers`, remedy);
  }
  if (origin !== undefined && !isNumbers(origin, 3)) {
    throw badImage(where, 'has an "origin" that is not three numbers (x, y, z)', remedy);
  }
  if (direction !== undefined && !isNumbers(direction, 9)) {
    throw badImage(where, 'has a "direction" that is not nine numbers, row by row', remedy);
  }
  return {
    spacing: spacing as unknown as Triple,
    origin: (origin as unknown as Triple | undefined) ?? DEFAULT_GEOMETRY.origin,
    direction: direction ?? DEFAULT_GEOMETRY.direction,
  };
}

function isNumbers(value: unknown, count: number): value is number[] {
  return Array.isArray(value) && value.length === count && value.every((n) => Number.isFinite(n));
}
