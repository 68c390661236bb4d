import { expect, it } from 'vitest';
import { isNnUNetError, NnUNetError } from './nnunet-error.ts';
import { fromPortable, toPortable } from './portable-error.ts';

it('keeps tag, sentence, place and remedy on the way between threads', () => {
  const error = new NnUNetError('missing-file', { what: 'is not there', where: 'a.nii.gz', remedy: 'Copy it.' });
  const again = fromPortable(structuredClone(toPortable(error)));
  expect(isNnUNetError(again, 'missing-file')).toBe(true);
  expect(again.message).toBe('a.nii.gz: is not there\n  Copy it.');
  expect(again).toMatchObject({ where: 'a.nii.gz', remedy: 'Copy it.' });
});

it('keeps the message of a foreign error, and of a thrown value that is not an error', () => {
  const error = new TypeError('oh');
  const again = fromPortable(structuredClone(toPortable(error)));
  expect(isNnUNetError(again)).toBe(false);
  expect(again.message).toBe('oh');
  expect(again.stack).toBe(error.stack);
  expect(fromPortable(toPortable('text')).message).toBe('text');
});
