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
      '  The others are done. Correct these and run the same again.',
  );
  expect(error.cause).toEqual(['bad', named]);
  expect(casesFailed([], { total: 1, remedy: 'Do it.' }).message).toBe('0 of 1 case failed:\n\n  Do it.');
});
