import { geometryOfCase } from '@nnunet/preprocess/internal';
import { type GridNotice, type GridNoticeRule, gridNotices } from '@nnunet/volume/internal';
import type { StoredProperties } from '../region-order.ts';

/**
 * Compares the images that the models have predicted a case from, as the properties beside the probabilities remember them.
 * Other sizes are found out when the probabilities are put together.
 *
 * @param names of the members' files
 * @throws NnUNetError 'other-grid' naming a member whose image lies elsewhere than that of the first
 */
export function memberNotices(
  members: readonly StoredProperties[],
  names: readonly string[],
  rule: GridNoticeRule,
): GridNotice[] {
  const grids = members.map((properties, i) => ({ name: names[i]!, geometry: geometryOfCase(properties) }));
  const size = grids[0]?.geometry.shape.join();
  return gridNotices(
    grids.filter(({ geometry }) => geometry.shape.join() === size),
    rule,
  );
}
