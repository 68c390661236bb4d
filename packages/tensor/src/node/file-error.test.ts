import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { fileError, folderError } from './file-error.ts';
import { removeUnfinished, temporaryName, writeFileAtomic } from './write-file-atomic.ts';

it.each([
  ['ENOENT', 'missing-file'],
  ['ENOTDIR', 'missing-file'],
  ['EEXIST', 'not-a-folder'],
  ['EISDIR', 'not-a-file'],
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EFBIG', 'disk-full'],
  ['EACCES', 'no-access'],
  ['EPERM', 'no-access'],
  ['EROFS', 'no-access'],
  ['EMFILE', 'too-many-files'],
  ['ENFILE', 'too-many-files'],
  ['ENAMETOOLONG', 'bad-name'],
  ['EIO', 'disk-error'],
])('says what to do about %s', (code, tag) => {
  const cause = Object.assign(new Error('x'), { code });
  const error = fileError(cause, '/no/such/file');
  expect(error).toMatchObject({ tag, where: '/no/such/file', cause, remedy: expect.stringMatching(/\.$/) });
});

it('tells a missing folder from a missing file', () => {
  const cause = Object.assign(new Error('x'), { code: 'ENOENT' });
  const told = { where: '/no/folder', what: 'does not exist', remedy: 'Check the path.', cause };
  expect(fileError(cause, '/no/folder')).toMatchObject({ ...told, tag: 'missing-file' });
  expect(folderError(cause, '/no/folder')).toMatchObject({ ...told, tag: 'missing-folder' });
  const other = Object.assign(new Error('x'), { code: 'EACCES' });
  expect(folderError(other, '/no/folder')).toMatchObject({ tag: 'no-access' });
});

it('says that a folder cannot be created where Node takes a read-only file system for a missing folder', () => {
  const cause = Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'mkdir' });
  expect(folderError(cause, '/no/folder')).toMatchObject({
    tag: 'no-access',
    what: expect.stringMatching(/read-only/),
  });
});

it('leaves other errors as they are', () => {
  const own = new NnUNetError('bad-npy', { what: 'x' });
  const others = [
    own,
    new Error('x'),
    Object.assign(new Error('x'), { code: 'EWHAT' }),
    Object.assign(new Error('x'), { code: 7 }),
  ];
  for (const error of others) expect(fileError(error, 'f')).toBe(error);
  expect(fileError('text', 'f')).toEqual(new Error('text'));
  expect(fileError(null, 'f')).toEqual(new Error('null'));
});

it('says which part of a path is a file', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const notThere = Object.assign(new Error('x'), { code: 'ENOTDIR' });
  expect(fileError(notThere, join(file, 'a/b/c'))).toMatchObject({
    what: `is inside ${file}, which is a file, not a folder`,
  });
  expect(fileError(notThere, file)).toMatchObject({ tag: 'not-a-folder' });
  expect(fileError(notThere, join(folder, 'none'))).toMatchObject({ what: 'is inside something that is not a folder' });
});

it('writes under a hidden name beside the file, and can take away what is left of it', async () => {
  const name = temporaryName('/some/folder/file.json');
  expect(dirname(name)).toBe('/some/folder');
  expect(basename(name)).toMatch(/^\.file\.json\.[0-9a-f]{12}\.tmp$/);
  expect(basename(temporaryName(`/x/${'n'.repeat(200)}`))).toHaveLength(1 + 75 + 1 + 12 + 4);
  // 83 letters of three bytes: 249 of the 255 that file systems allow.
  const longest = join(temporaryFolder(), '\u4e2d'.repeat(83));
  await writeFileAtomic(longest, 'x');
  expect(readdirSync(dirname(longest))).toEqual([basename(longest)]);
  expect(temporaryName('/a')).not.toBe(temporaryName('/a'));
  const folder = temporaryFolder();
  const kept = [
    'file.json',
    '.hidden',
    '.a.tmp',
    '.a.0123456789ag.tmp',
    '.a.0123456789a.tmp',
    '.a.0123456789ab.tmp.x',
    'a.0123456789ab.tmp',
  ];
  for (const file of [...kept, '.a.0123456789ab.tmp', basename(name)]) writeFileSync(join(folder, file), '');
  await removeUnfinished(folder);
  expect(readdirSync(folder).sort()).toEqual([...kept].sort());
});

it('takes the temporary file away where it cannot be renamed', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'taken'));
  await expect(writeFileAtomic(join(folder, 'taken'), 'x')).rejects.toMatchObject({ where: join(folder, 'taken') });
  expect(readdirSync(folder)).toEqual(['taken']);
  await writeFileAtomic(join(folder, 'text'), 'ü');
  expect(readdirSync(folder).sort()).toEqual(['taken', 'text']);
});
