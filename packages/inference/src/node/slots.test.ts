import { expect, it } from 'vitest';
import { Slots } from './slots.ts';

it('lets through as many as there are slots, in order', async () => {
  const slots = new Slots(2);
  const through: number[] = [];
  const enter = (n: number) => slots.take().then(() => through.push(n));
  const all = [1, 2, 3, 4].map(enter);
  await Promise.all(all.slice(0, 2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(through).toEqual([1, 2]);
  slots.give();
  await all[2];
  expect(through).toEqual([1, 2, 3]);
  slots.give();
  slots.give();
  await all[3];
  slots.give();
  await Promise.all([slots.take(), slots.take()]);
});
