import { type GridShift, gridShift, shiftInWords } from './grid-shift.ts';
import type { ImageGeometry } from './nifti-geometry.ts';
import { type GeometryDifference, geometryDifferences } from './same-geometry.ts';

/** Below this distance of voxels, in voxels of the finest axis, two grids are the same. */
export const SAME_GRID = 0.01;
/** From this distance on two images lie at different places. */
export const OTHER_GRID = 0.5;

export interface GridRule {
  /** v1's rule instead: origin, spacing and direction must agree within 1e-8 + 1e-5·|b|. */
  strict?: boolean;
}

/**
 * - `same`: no difference that is worth a word;
 * - `close`: numbers differ, but voxels lie less than {@link SAME_GRID} apart;
 * - `shifted`: less than {@link OTHER_GRID} apart;
 * - `elsewhere`: further apart, or by v1's rule different;
 * - `resized`: of other sizes, so that there are no pairs of voxels.
 */
export type GridAgreement = 'same' | 'close' | 'shifted' | 'elsewhere' | 'resized';

export interface GridComparison {
  agreement: GridAgreement;
  /** What differs in number, by v1's tolerance. */
  differences: GeometryDifference[];
  /** null for `resized`. */
  shift: GridShift | null;
}

/**
 * The one rule for two images that should cover the same voxels: how far apart they place them. A direction that differs
 * in its last digit is no other place, and a spacing that differs by little is one in a long image.
 */
export function compareGrids(a: ImageGeometry, b: ImageGeometry, { strict = false }: GridRule = {}): GridComparison {
  const differences = geometryDifferences(a, b);
  if (differences.includes('size')) return { agreement: 'resized', differences, shift: null };
  const shift = gridShift(a, b);
  return { agreement: agreementOf(shift, differences, strict), differences, shift };
}

function agreementOf({ voxels }: GridShift, differences: readonly string[], strict: boolean): GridAgreement {
  if (strict) return differences.length === 0 ? 'same' : 'elsewhere';
  // NaN is no small distance.
  if (!(voxels < OTHER_GRID)) return 'elsewhere';
  if (voxels >= SAME_GRID) return 'shifted';
  return differences.length === 0 ? 'same' : 'close';
}

/** "origin and direction: voxels lie up to 3 mm (1 voxels) apart". */
export function comparisonInWords({ differences, shift }: GridComparison): string {
  const names = differences.length === 0 ? 'position' : differences.join(', ').replace(/, (\w+)$/, ' and $1');
  return shift === null ? names : `${names}: voxels lie ${shiftInWords(shift)} apart`;
}
