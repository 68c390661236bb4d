import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, zipArchive } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { unpackSlices } from './unpack-slices.ts';

function unpack(bytes: Uint8Array, maxBytes = 100) {
  const root = temporaryFolder();
  const archive = join(root, '0');
  writeFileSync(archive, bytes);
  const folder = join(root, 'slices');
  return { folder, done: unpackSlices(archive, { folder, name: 'series.zip', maxBytes }) };
}

const file = (name: string, text: string, more = {}) => ({ name, content: Buffer.from(text), ...more });

it('puts the files of all folders into one, those of the same name too, without hidden ones', async () => {
  const archive = zipArchive([
    file('a/', ''),
    file('a/2_IM1', 'zero'),
    file('a/IM1', 'one'),
    file('b/im1', 'two'),
    file('__MACOSX/._IM1', 'hidden'),
    file('c/README.txt', 'read'),
  ]);
  const { folder, done } = unpack(archive);
  await done;
  const found = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  expect(found).toEqual({ '2_IM1': 'zero', IM1: 'one', '2_2_im1': 'two', 'README.txt': 'read' });
});

it.each([
  ['that leaves its folder', zipArchive([file('../../outside', 'x')]), /\.\./],
  ['with a password', zipArchive([file('IM1', 'x', { flags: 0x801, method: 8 })]), /encrypted/],
  ['with a file that is shorter than stated', zipArchive([file('IM1', 'x', { size: 90 })]), /./],
  ['with a file that has changed', zipArchive([file('IM1', 'x', { crc: 1 })]), /IM1 is damaged/],
  ['that is cut off', zipArchive([file('IM1', 'x')]).subarray(0, 40), /./],
])('refuses an archive %s', async (_, archive, what) => {
  const { folder, done } = unpack(archive);
  const error = { tag: 'bad-zip', where: 'series.zip', what: expect.stringMatching(what) };
  await expect(done).rejects.toMatchObject(error);
  expect(existsSync(join(folder, '../../outside'))).toBe(false);
});

it('unpacks as many bytes as are allowed, and no more', async () => {
  const archive = zipArchive([file('IM1', '12345'), file('IM2', '67890')]);
  await unpack(archive, 10).done;
  await expect(unpack(archive, 9).done).rejects.toMatchObject({ status: 413, tag: 'too-large', where: 'series.zip' });
});

it('unpacks no more files than an image has slices', async () => {
  const empty = Array.from({ length: 32768 }, (_, i) => file(`${i}`, ''));
  const { folder, done } = unpack(zipArchive(empty));
  await expect(done).rejects.toMatchObject({ status: 413, tag: 'too-large' });
  expect(readdirSync(folder)).toEqual([]);
});
