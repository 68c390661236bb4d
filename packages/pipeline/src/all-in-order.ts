/**
 * Awaits all, like `Promise.all`, but of several faults always throws that of the first in the list: which one is met
 * first depends on the disk.
 */
export async function allInOrder<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
