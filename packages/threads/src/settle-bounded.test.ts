import { type ErrorTag, isNnUNetError, NnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { settleBounded, splitOutcomes } from './settle-bounded.ts';

const begun: string[] = [];
async function work(item: string): Promise<string> {
  begun.push(item);
  if (item === 'bad') throw new Error('is bad');
  if (item.startsWith('tag ')) throw new NnUNetError(item.slice(4) as ErrorTag, { what: 'no more' });
  return `${item}!`;
}

it('does the others where an item fails', async () => {
  const items = ['a', 'bad', 'b'];
  const told: unknown[] = [];
  const outcomes = await settleBounded(items, work, { width: 1, onFailure: (...failure) => told.push(failure) });
  expect(told).toEqual([['bad', new Error('is bad')]]);
  expect(splitOutcomes(items, outcomes, (item) => `item ${item}`)).toEqual({
    done: [
      { item: 'a', result: 'a!' },
      { item: 'b', result: 'b!' },
    ],
    failed: [{ name: 'item bad', error: new Error('is bad') }],
  });
});

it.each(['disk-full', 'usage', 'not-built', 'thread-not-started'] as const)(
  'stops at %s, which all would meet',
  async (tag) => {
    begun.length = 0;
    const onFailure = () => begun.push('told');
    const error = await settleBounded([`tag ${tag}`, 'later'], work, { width: 1, onFailure }).catch((e: unknown) => e);
    expect(isNnUNetError(error, tag)).toBe(true);
    expect(begun).toEqual([`tag ${tag}`]);
  },
);
