import { restoreContext } from '../src/restore-geometry.ts';
import type { RestoreLabelsOptions } from '../src/restore-labels.ts';

/** v1's way back without a transpose, but for what is given. */
export function context(given: Partial<RestoreLabelsOptions> = {}): RestoreLabelsOptions {
  return { ...restoreContext({ transpose_backward: [0, 1, 2] }), ...given };
}
