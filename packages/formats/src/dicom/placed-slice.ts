import type { Triple } from '@nnunet/volume';

/** Where a file of a DICOM series lies, and what it belongs to. */
export interface PlacedSlice {
  /** File name within its folder. */
  readonly name: string;
  /** SeriesInstanceUID (0020,000E). */
  readonly series: string;
  /** Human-readable name of the series: its description or number, or '' if it has neither. */
  readonly title: string;
  /** FrameOfReferenceUID (0020,0052), or '' if missing: positions of different frames of reference cannot be compared. */
  readonly frameOfReference: string;
  /** ImagePositionPatient (0020,0032): world position of the first voxel in mm, (x, y, z), LPS. */
  readonly position: Triple;
  /** Direction cosines, 3 × 3, row-major; the third column is the slice normal. */
  readonly direction: readonly number[];
  /** mm, (z, y, x); z is what the file declares (SpacingBetweenSlices or SliceThickness). */
  readonly spacing: Triple;
  /** InstanceNumber (0020,0013), or NaN if missing. */
  readonly instance: number;
}

/** Returns what messages call a series; '' if it has neither description nor number. */
export function seriesTitle(description: string, number: string): string {
  return description || (number && `number ${number}`);
}

/** Returns the numbers of a text, which backslashes separate; [] unless all are finite. */
export function numbersOf(text: string): number[] {
  const numbers = text.split('\\').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : [];
}
