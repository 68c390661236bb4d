import { badImage } from './bad-image.ts';

/**
 * Sorts file names of slices by the last number in each name, so that slice_10 follows slice_9. Numbering may start
 * anywhere but must be consecutive.
 *
 * @throws NnUNetError 'bad-image' for a name without a number, and for duplicate and missing numbers
 */
export function orderByNumber(names: readonly string[], where: string): string[] {
  const numbered = names.map((name) => ({ name, number: numberOf(name, where) }));
  numbered.sort((a, b) => a.number - b.number);
  for (const [i, { name, number }] of numbered.entries()) {
    const before = numbered[i - 1];
    if (before === undefined) continue;
    if (number === before.number) {
      const remedy = 'Keep only one image per folder, with each slice once.';
      throw badImage(where, `has two slices with the number ${number}: ${before.name} and ${name}`, remedy);
    }
    if (number !== before.number + 1) {
      const missing = number - before.number - 1;
      const which = missing === 1 ? `slice ${before.number + 1}` : `slices ${before.number + 1} to ${number - 1}`;
      const verb = missing === 1 ? 'is' : 'are';
      const remedy = 'Add the missing slices, or number the slices without gaps.';
      throw badImage(where, `${which} ${verb} missing, between ${before.name} and ${name}`, remedy);
    }
  }
  return numbered.map(({ name }) => name);
}

function numberOf(name: string, where: string): number {
  const digits = /(\d+)\D*$/.exec(name.replace(/\.[^.]*$/, ''))?.[1];
  if (digits !== undefined) return Number(digits);
  throw badImage(where, `the name of ${name} contains no number`, 'Number the slices, for example slice_001.png.');
}
