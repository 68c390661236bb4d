import { readdirSync, readFileSync } from 'node:fs';
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { createExclusively } from './lock-file.ts';

vi.mock('node:fs/promises', async (original) => ({ ...(await original<object>()), link: vi.fn() }));

/** What a file system without hard links answers. */
const refuse = (code: string) => vi.mocked(link).mockRejectedValue(Object.assign(new Error(code), { code }));

it.each(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'])(
  'writes the file itself where links are refused: %s',
  async (code) => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.lock');
    refuse(code);
    expect(await createExclusively(path, 'first')).toBe(true);
    expect(await createExclusively(path, 'second')).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(readdirSync(folder)).toEqual(['a.lock']);
  },
);

it('passes other errors on', async () => {
  const folder = temporaryFolder();
  refuse('EACCES');
  await expect(createExclusively(join(folder, 'a.lock'), '')).rejects.toMatchObject({ tag: 'no-access' });
  expect(readdirSync(folder)).toEqual([]);
});
