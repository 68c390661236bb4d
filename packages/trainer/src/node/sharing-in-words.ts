import type { Compute } from '@nnunet/network/node';

/** What the log says of sessions that share the batches; null for one alone. */
export function sharingInWords(batchSize: number, { sessions = 1, device = 'cpu' }: Compute): string | null {
  if (sessions === 1) return null;
  const where = device === 'cpu' ? '' : ', each on its own GPU';
  return `${sessions} sessions share each batch of ${batchSize}${where}`;
}
