import { NnUNetError } from '@nnunet/errors';
import { compareGrids, comparisonInWords, type GridComparison, type GridRule } from './compare-grids.ts';
import type { ImageGeometry } from './nifti-geometry.ts';

/** An image, with the name used in messages. */
export interface NamedGrid {
  name: string;
  geometry: ImageGeometry;
}

/** A sentence about the position of images. Notes are shown once, warnings always. */
export interface GridNotice {
  severity: 'note' | 'warning';
  text: string;
}

export interface GridNoticeRule extends GridRule {
  /** Whether misplaced images are an error, or a warning where work would otherwise be lost. Default: 'refuse'. */
  elsewhere?: 'refuse' | 'warn';
}

/**
 * Returns notices about images that should cover the same voxels: those slightly shifted from the first one, axes that
 * were straightened, and headers with implausible values. Sizes must have been compared before.
 *
 * @throws NnUNetError 'other-grid' if an image lies elsewhere than the first
 */
export function gridNotices(images: readonly NamedGrid[], rule: GridNoticeRule = {}): GridNotice[] {
  const [first, ...others] = images;
  if (first === undefined) return [];
  const notices = images.flatMap((image) => [...skewNotice(image), ...doubtNotice(image)]);
  for (const image of others) {
    const comparison = compareGrids(image.geometry, first.geometry, rule);
    if (comparison.agreement === 'same') continue;
    const words = comparisonInWords(comparison);
    if (comparison.agreement === 'close') {
      const text = `${image.name} differs slightly from ${first.name} in ${words}; they count as the same grid`;
      notices.push({ severity: 'note', text });
    } else if (comparison.agreement === 'shifted') {
      const text = `${image.name} is slightly displaced from ${first.name}: they differ in ${words}. ${REPAIR}`;
      notices.push({ severity: 'warning', text });
    } else if (rule.elsewhere === 'warn') {
      const text = `${image.name} is not at the same position as ${first.name}: they differ in ${words}`;
      notices.push({ severity: 'warning', text });
    } else {
      throw otherGrid(image.name, first.name, comparison, rule);
    }
  }
  return notices;
}

/** All warnings, and the first note: one note is enough for all files. */
export function withOneNote(notices: readonly GridNotice[]): GridNotice[] {
  const first = notices.find(({ severity }) => severity === 'note');
  return notices.filter((notice) => notice.severity === 'warning' || notice === first);
}

function otherGrid(where: string, first: string, comparison: GridComparison, { strict }: GridRule): NnUNetError {
  return new NnUNetError('other-grid', {
    where,
    what: `is not at the same position as ${first}: they differ in ${comparisonInWords(comparison)}`,
    remedy: strict
      ? 'Resample it to the grid of the other image, or leave out the strict rule, which accepts no difference.'
      : 'Resample it to the grid of the other image, or find the one that belongs to it. Where both do cover the same voxels, give it the geometry of the other (nnUNet_repair_dataset `copyGeometry`).',
  });
}

const REPAIR = 'nnUNet_repair_dataset writes a copy of the task in which all images of a case have the same position.';

function skewNotice({ name, geometry: { skewDegrees } }: NamedGrid): GridNotice[] {
  if (skewDegrees === undefined) return [];
  const off = Number(skewDegrees.toPrecision(2));
  const text = `${name} has axes that are ${off}° off a right angle; they are read as if at right angles`;
  return [{ severity: 'warning', text }];
}

function doubtNotice({ name, geometry: { doubts } }: NamedGrid): GridNotice[] {
  return (doubts ?? []).map((doubt) => ({ severity: 'warning', text: `${name} states ${doubt}` }));
}
