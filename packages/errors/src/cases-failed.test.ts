import { expect, it } from 'vitest';
import { casesFailed } from './cases-failed.ts';
import { NnUNetError } from './nnunet-error.ts';

it('names each case with its reason, once, and tells of the others', () => {
  const named = new NnUNetError('bad-nifti', { where: '/in/b.nii.gz', what: 'is too short', remedy: 'Copy it again.' });
  const error = casesFailed(
    [
      { name: 'a', error: 'bad' },
      { name: 'b.nii.gz', error: named },
    ],
    { total: 5, noun: 'image' },
  );
  expect(error.tag).toBe('cases-failed');
  expect(error.message).toBe(
    '2 of 5 images failed:\n- a: bad\n- /in/b.nii.gz: is too short\n    Copy it again.\n' +
      '  The others are done. Correct these and run the command again.',
  );
  expect(error.cause).toEqual(['bad', named]);
  const all = casesFailed([{ name: 'a', error: 'bad' }], { total: 1 });
  expect(all.message).toBe('1 of 1 case failed:\n- a: bad\n  Correct these and run the command again.');
  expect(casesFailed([], { total: 1, remedy: 'Do it.' }).message).toBe('0 of 1 case failed:\n\n  Do it.');
});

it.each([
  ['b: is bad', 'b: is bad'],
  ['/in/b.nii.gz: is bad', '/in/b.nii.gz: is bad'],
  ['/in/b_0001.nii.gz: is bad', '/in/b_0001.nii.gz: is bad'],
  ['case b: is bad', 'case b: is bad'],
  ['labels of b: are bad', 'labels of b: are bad'],
  ['/in/bb.nii.gz: is bad', 'b: /in/bb.nii.gz: is bad'],
  ['a.nii.gz: is not b: bad', 'b: a.nii.gz: is not b: bad'],
  ['b is bad', 'b: b is bad'],
])('names a case that its message does not begin with: %s', (message, line) => {
  const { message: text } = casesFailed([{ name: 'b', error: new Error(message) }], { total: 2 });
  expect(text.split('\n').slice(0, 2)).toEqual(['1 of 2 cases failed:', `- ${line}`]);
});
