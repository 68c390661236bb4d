import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { allInOrder } from './all-in-order.ts';

const after = async (milliseconds: number, value: string) => setTimeout(milliseconds, value);
const failing = async (milliseconds: number, message: string) => {
  await setTimeout(milliseconds);
  throw new Error(message);
};

it('gives all results in their order, or the fault of the first that failed', async () => {
  expect(await allInOrder([after(5, 'a'), after(0, 'b')])).toEqual(['a', 'b']);
  const faults = [after(0, 'a'), failing(10, 'second'), failing(0, 'third')];
  await expect(allInOrder(faults)).rejects.toThrow('second');
});
