import { type ErrorTag, NnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { answerTo, Refusal } from './refusal.ts';

it.each<[number, ErrorTag]>([
  [422, 'bad-nifti'],
  [413, 'memory-limit'],
  [507, 'disk-full'],
  [500, 'out-of-memory'],
  [500, 'thread-ended'],
  [500, 'thread-not-started'],
  [500, 'no-access'],
  [500, 'missing-file'],
  [500, 'too-many-files'],
  [500, 'disk-error'],
  [501, 'missing-package'],
])('answers %i to %s', (status, tag) => {
  const error = { tag, what: 'is so', where: 'a.nii', remedy: null };
  expect(answerTo(new NnUNetError(tag, { what: 'is so', where: 'a.nii' }))).toEqual({
    status,
    headers: {},
    body: { error },
  });
});

it('answers a refusal with its own status and headers, and says nothing of unknown errors', () => {
  const refusal = new Refusal(405, { tag: 'bad-request', what: 'no', remedy: 'Use GET.' }, { allow: 'GET' });
  expect(answerTo(refusal)).toMatchObject({ status: 405, headers: { allow: 'GET' }, body: { error: { where: null } } });
  const { status, body } = answerTo(new Error('secret /home/path'));
  expect([status, body.error.tag, JSON.stringify(body)]).toEqual([
    500,
    'failed',
    expect.not.stringContaining('secret'),
  ]);
});
