import { NnUNetError } from '@nnunet/errors';
import type { LabelNumbers } from '@nnunet/metrics';
import { connectedComponents } from '@nnunet/morphology';
import { type Entry, labelsOfEntry, type PostprocessingRule } from './rule.ts';

export interface RemovalOptions {
  /** (z, y, x) or (y, x) */
  shape: readonly number[];
  /** mm, same order. Default: 1 mm. */
  spacing?: readonly number[];
  /** Processed in order, each on the result of the previous one. */
  entries: readonly Entry[];
  /** mm³ per entry: only smaller components are removed. null removes all but the largest. */
  minimumSizes?: readonly (number | null)[] | null;
  /** Whether voxels that share only an edge or a corner are connected too. Default: false. */
  diagonal?: boolean | undefined;
}

/** Sizes in mm³ of the components that an entry kept and removed; null if there were none. */
export interface ObjectSizes {
  /** The smallest component kept. */
  kept: number | null;
  /** The largest component removed. */
  removed: number | null;
}

export interface Removal<T extends LabelNumbers> {
  labels: T;
  /** One per entry. */
  sizes: ObjectSizes[];
}

/**
 * Sets to 0 all but the largest component of each entry's labels. Components are connected through faces (6 neighbours,
 * 4 in 2D), or also through edges and corners (26, 8 in 2D). If several components tie for the largest, all of them
 * stay. The input is not modified.
 * Origin: v1's connected_components.py remove_all_but_the_largest_connected_component; with `diagonal`, v2's
 * remove_connected_components.py remove_all_but_largest_component_from_segmentation.
 *
 * @throws NnUNetError 'bad-rule' for an entry with label 0, 'bad-shape'
 */
export function removeAllButLargest<T extends LabelNumbers>(labels: T, options: RemovalOptions): Removal<T> {
  const { shape, entries, minimumSizes = null, diagonal = false } = options;
  checkEntries(entries);
  const voxels = shape.reduce((product, edge) => product * edge, 1);
  if (voxels !== labels.length || (shape.length !== 3 && shape.length !== 2)) {
    throw new NnUNetError('bad-shape', {
      what: `a label map of ${labels.length} voxels cannot have the shape ${shape.join(' x ')}`,
      remedy: 'Give the shape as (z, y, x), or (y, x) for a slice.',
    });
  }
  const out = labels.slice() as T;
  const voxelVolume = volumeOfVoxel(options.spacing);
  const mask = new Uint8Array(entries.length > 0 ? voxels : 0);
  const sizes = entries.map((entry, i) => {
    markLabels(out, labelsOfEntry(entry), mask);
    return removeFrom(out, mask, { shape, voxelVolume, minimumSize: minimumSizes?.[i] ?? null, diagonal });
  });
  return { labels: out, sizes };
}

function checkEntries(entries: readonly Entry[]): void {
  if (entries.some((entry) => labelsOfEntry(entry).includes(0))) {
    throw new NnUNetError('bad-rule', {
      what: 'the background, label 0, is among the labels to postprocess',
      remedy: 'Give only foreground labels.',
    });
  }
}

/**
 * mm³, multiplied from the last axis to the first, as v1 does with ITK's (x, y, z), so that sizes agree to the last
 * bit.
 */
function volumeOfVoxel(spacing: readonly number[] = []): number {
  return spacing.reduceRight((product, step) => product * step, 1);
}

function markLabels(map: LabelNumbers, wanted: readonly number[], mask: Uint8Array): void {
  const members = new Set(wanted);
  let last = Number.NaN;
  let inside = 0;
  for (let i = 0; i < map.length; i++) {
    const value = map[i]!;
    if (value !== last) {
      last = value;
      inside = members.has(value) ? 1 : 0;
    }
    mask[i] = inside;
  }
}

interface Removing {
  shape: readonly number[];
  voxelVolume: number;
  minimumSize: number | null;
  diagonal: boolean;
}

function removeFrom(map: LabelNumbers, mask: Uint8Array, removing: Removing): ObjectSizes {
  const { shape, voxelVolume, minimumSize, diagonal } = removing;
  const { count, sizes, runs, runComponents } = connectedComponents(mask, shape, { diagonal });
  let largest = 0;
  for (let k = 1; k <= count; k++) largest = Math.max(largest, sizes[k]!);
  const found: ObjectSizes = { kept: null, removed: null };
  const gone = new Uint8Array(count + 1);
  for (let k = 1; k <= count; k++) {
    const size = sizes[k]! * voxelVolume;
    if (sizes[k] !== largest && (minimumSize === null || size < minimumSize)) {
      gone[k] = 1;
      found.removed = Math.max(found.removed ?? 0, size);
    } else found.kept = Math.min(found.kept ?? Number.POSITIVE_INFINITY, size);
  }
  for (let i = 0; i < runs.count; i++) {
    if (gone[runComponents[i]!] === 1) map.fill(0, runs.starts[i]!, runs.ends[i]!);
  }
  return found;
}

/** A label map with its shape: the content of a label file. */
export interface LabelVolume<T extends LabelNumbers = LabelNumbers> {
  readonly data: T;
  /** (z, y, x) */
  readonly shape: readonly number[];
  /** mm, (z, y, x); only relevant if a rule has minimum sizes. Default: 1 mm. */
  readonly spacing?: readonly number[];
}

/**
 * Returns the label map after applying a rule, with all other properties (its geometry) unchanged.
 *
 * @throws NnUNetError 'bad-rule', 'bad-shape'
 */
export function applyPostprocessing<T extends LabelNumbers, M extends LabelVolume<T>>(
  map: M,
  rule: PostprocessingRule,
): M {
  const { shape, spacing } = map;
  return { ...map, data: removeAllButLargest(map.data, { shape, spacing, ...rule }).labels };
}
