import { NnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { unlessUnprepared } from './unless-unprepared.ts';

const refused = (tag: string) => unlessUnprepared(() => Promise.reject(new NnUNetError(tag as 'stale', { what: tag })));

it('takes what is missing, incomplete or outdated for not prepared, and nothing else', async () => {
  for (const tag of ['missing-file', 'unfinished', 'stale']) expect(await refused(tag)).toBe(false);
  await expect(refused('bad-json')).rejects.toThrow('bad-json');
  expect(await unlessUnprepared(async () => true)).toBe(true);
});
