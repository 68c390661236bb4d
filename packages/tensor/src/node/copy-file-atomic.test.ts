import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { copyFileAtomic } from './copy-file-atomic.ts';

let folder: string;
let [from, to] = ['', ''];
beforeEach(() => {
  folder = temporaryFolder();
  [from, to] = [join(folder, 'from'), join(folder, 'to')];
});

it('gives the copy the rights of a new file, so that it can be replaced later', async () => {
  writeFileSync(from, 'read-only');
  chmodSync(from, 0o400);
  const fresh = join(folder, 'fresh');
  writeFileSync(fresh, '');
  await copyFileAtomic(from, to);
  expect(readFileSync(to, 'utf8')).toBe('read-only');
  expect(statSync(to).mode).toBe(statSync(fresh).mode);
  expect(readdirSync(folder).sort()).toEqual(['fresh', 'from', 'to']);
});

it('replaces the name and not the bytes of an older copy, which may be open or read-only', async () => {
  writeFileSync(to, 'older');
  chmodSync(to, 0o400);
  const { ino } = statSync(to);
  writeFileSync(from, 'newer');
  await copyFileAtomic(from, to);
  expect(readFileSync(to, 'utf8')).toBe('newer');
  expect(statSync(to).ino).not.toBe(ino);
});

it('leaves a copy of the same bytes alone, and no other', async () => {
  const bytes = Buffer.alloc((1 << 20) + 10, 7);
  writeFileSync(from, bytes);
  writeFileSync(to, bytes);
  utimesSync(to, 1000, 1000);
  await copyFileAtomic(from, to);
  expect(statSync(to).mtimeMs).toBe(1_000_000);
  bytes[bytes.length - 1] = 8;
  writeFileSync(from, bytes);
  await copyFileAtomic(from, to);
  expect(readFileSync(to).equals(bytes)).toBe(true);
});

it('names the file that is at fault, and leaves nothing half-written', async () => {
  await expect(copyFileAtomic(from, to)).rejects.toMatchObject({ tag: 'missing-file', where: from });
  writeFileSync(from, 'x');
  const elsewhere = join(folder, 'no', 'to');
  await expect(copyFileAtomic(from, elsewhere)).rejects.toMatchObject({ tag: 'missing-file', where: elsewhere });
  expect(readdirSync(folder)).toEqual(['from']);
});
