import { formatCsv } from '@nnunet/schema/internal';
import type { Volume } from '@nnunet/volume';
import type { SiteLabel } from './site-description.ts';

/** A label with what a label map contains of it. */
export interface MeasuredLabel extends SiteLabel {
  voxels: number;
  /** ml */
  volume: number;
}

/** Voxels that are counted before others may work. */
const AT_ONCE = 1 << 22;

/**
 * Measures the labels of a label map: all that are named, and all that occur, in the order of their values; not the
 * background.
 *
 * @param nameless label for a value that has none
 */
export async function labelVolumes(
  { data, spacing }: Volume<Uint8Array | Uint16Array>,
  labels: readonly SiteLabel[],
  nameless: (value: number) => SiteLabel,
): Promise<MeasuredLabel[]> {
  const counts = new Uint32Array(2 ** (8 * data.BYTES_PER_ELEMENT));
  for (let from = 0; from < data.length; from += AT_ONCE) {
    for (const value of data.subarray(from, from + AT_ONCE)) counts[value]!++;
    await new Promise((resolve) => setTimeout(resolve));
  }
  const known = new Map(labels.map((label) => [label.value, label]));
  const values = new Set([...known.keys(), ...[...counts.keys()].filter((value) => value > 0 && counts[value]! > 0)]);
  const milliliters = (spacing[0] * spacing[1] * spacing[2]) / 1000;
  return [...values]
    .sort((a, b) => a - b)
    .map((value) => {
      const voxels = counts[value]!;
      return { ...(known.get(value) ?? nameless(value)), voxels, volume: voxels * milliliters };
    });
}

/** The volumes as a table: label, name, voxels and volume_ml. */
export function volumesCsv(volumes: readonly MeasuredLabel[]): string {
  const rows = volumes.map(({ value, name, voxels, volume }) => [value, name, voxels, Number(volume.toFixed(6))]);
  return formatCsv([['label', 'name', 'voxels', 'volume_ml'], ...rows]);
}
