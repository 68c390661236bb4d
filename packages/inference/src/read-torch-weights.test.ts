import { NnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { naming } from './read-torch-weights.ts';

function thrown(error: unknown): unknown {
  try {
    naming('/models/fold_0/model.pth', () => {
      throw error;
    });
  } catch (found) {
    return found;
  }
  return undefined;
}

it('names the file in an error that does not, and leaves others as they are', () => {
  expect(naming('f', () => 7)).toBe(7);
  const nameless = new NnUNetError('bad-weights', { what: 'it has no conv.weight', where: 'conv', remedy: 'Copy it.' });
  const found = thrown(nameless) as NnUNetError;
  expect(found).not.toBe(nameless);
  expect(found).toMatchObject({
    tag: 'bad-weights',
    where: '/models/fold_0/model.pth',
    remedy: 'Copy it.',
    cause: nameless,
  });
  expect(found.message).toMatch(/^\/models\/fold_0\/model\.pth: .*it has no conv\.weight\n/);
  const named = new NnUNetError('bad-weights', { what: 'it is cut off', where: '/a/b.pth', remedy: 'Copy it.' });
  expect(thrown(named)).toBe(named);
  const foreign = new TypeError('not foreseen');
  expect(thrown(foreign)).toBe(foreign);
  expect(thrown('a word')).toBe('a word');
});
