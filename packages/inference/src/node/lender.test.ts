import { expect, it } from 'vitest';
import { Lender } from './lender.ts';

it('lends each thing to one at a time, in the order in which they ask', async () => {
  const lender = new Lender(['a', 'b']);
  const events: string[] = [];
  const give: (() => void)[] = [];
  const ask = (n: number) =>
    lender.use(async (thing) => {
      events.push(`${n} has ${thing}`);
      await new Promise<void>((resolve) => give.push(resolve));
      if (n === 2) throw new Error('2 fails');
    });
  const asked = [1, 2, 3, 4].map((n) => ask(n).catch((error: Error) => void events.push(error.message)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(events).toEqual(['1 has b', '2 has a']);
  give[1]!();
  await asked[1];
  expect(events.slice(2)).toEqual(['3 has a', '2 fails']);
  give[0]!();
  await asked[0];
  for (const end of give) end();
  await Promise.all(asked);
  expect(events.slice(4)).toEqual(['4 has b']);
  await lender.use(async (thing) => expect(thing).toBe('b'));
});
