import type { LabelNumbers } from '@nnunet/metrics';
import { removeAllButLargest } from './remove-components.ts';
import type { PostprocessingRule } from './rule.ts';

/** A label map with its size: what a label file holds. */
export interface LabelVolume<T extends LabelNumbers = LabelNumbers> {
  readonly data: T;
  /** (z, y, x) */
  readonly shape: readonly number[];
  /** mm, (z, y, x); 1 mm if left out. Matters only where a rule names sizes. */
  readonly spacing?: readonly number[];
}

/**
 * The label map after a rule; whatever else it carries (its geometry) stays.
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
