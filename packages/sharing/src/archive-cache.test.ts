import { createHash } from 'node:crypto';
import { existsSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { readCached, removeCached, trimCache, writeCached } from './archive-cache.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function keep(folder: string, name: string, text: string, secondsAgo: number): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, text);
  await writeCached(file, { url: 'u', sha256: sha256(text), validator: null });
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(file, then, then);
  return file;
}

it('knows archives that are complete and undamaged', async () => {
  const folder = temporaryFolder();
  const file = await keep(folder, 'a.zip', 'text', 0);
  expect(await readCached(file)).toEqual({ url: 'u', sha256: sha256('text'), validator: null });
  writeFileSync(file, 'texT');
  expect(await readCached(file)).toBeNull();
  writeFileSync(join(folder, 'b.zip'), 'part');
  expect(await readCached(join(folder, 'b.zip'))).toBeNull();
  writeFileSync(`${file}.json`, '{}');
  await removeCached(file);
  expect(readdirSync(folder)).toEqual(['b.zip']);
});

it('removes the archives that were used longest ago, but none in use', async () => {
  const folder = temporaryFolder();
  const [old, middle, young, used] = [
    await keep(folder, 'old.zip', 'aa', 300),
    await keep(folder, 'middle.zip', 'bb', 200),
    await keep(folder, 'young.zip', 'cc', 100),
    await keep(folder, 'used.zip', 'dd', 400),
  ] as const;
  await trimCache({ folder, maxBytes: 6 }, used);
  expect([old, middle, young, used].map((file) => existsSync(file))).toEqual([false, true, true, true]);
  expect(readdirSync(folder).length).toBe(6);
  writeFileSync(`${middle}.lock`, '');
  await trimCache({ folder, maxBytes: 0 }, used);
  expect(readdirSync(folder).sort()).toEqual(['middle.zip', 'middle.zip.complete.json', 'middle.zip.lock']);
  writeFileSync(`${middle}.lock`, '');
  await trimCache({ folder, maxBytes: 0 }, middle);
  expect(readdirSync(folder)).toEqual(['middle.zip.lock']);
});

it('passes over an archive that is gone when its size is wanted', async () => {
  const folder = temporaryFolder();
  const old = await keep(folder, 'old.zip', 'aa', 300);
  const used = await keep(folder, 'used.zip', 'bb', 0);
  symlinkSync(join(folder, 'nowhere'), join(folder, 'gone.zip'));
  await trimCache({ folder, maxBytes: 2 }, used);
  expect([old, used].map((file) => existsSync(file))).toEqual([false, true]);
});
