import { NnUNetError } from '@nnunet/errors';
import type { CaseProperties } from '@nnunet/schema';

/** Properties stored next to probabilities; models of overlapping regions add the label of each region. */
export type StoredProperties = CaseProperties & { regions_class_order?: readonly number[] | null };

/**
 * Returns the label of each region, which must be the same for all members; null if no member has regions.
 *
 * @throws NnUNetError 'different-regions'
 */
export function commonRegionOrder(members: readonly StoredProperties[], where?: string): readonly number[] | null {
  const orders = members.map(({ regions_class_order: order }) => order ?? null);
  const first = orders[0] ?? null;
  if (orders.every((order) => (order === null ? first === null : first !== null && order.join() === first.join()))) {
    return first;
  }
  const texts = [...new Set(orders.map((order) => (order === null ? 'no regions' : `[${order.join(', ')}]`)))];
  throw new NnUNetError('different-regions', {
    what: `the models predict different regions: ${texts.join(' and ')}`,
    where,
    remedy: 'Merge predictions of models that were trained with the same regions.',
  });
}
