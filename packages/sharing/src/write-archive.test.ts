import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { MODEL } from './archive.fixture.ts';
import { ModelArchive } from './open-archive.ts';
import { writeArchive } from './write-archive.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const zip = join(root, 'a.zip');
const source = join(root, 'source');
const checkpoint = `${MODEL}/fold_0/model_best.safetensors`;
beforeEach(() => writeFileSync(source, 'as it is'));

it('packs texts and files, as they are or changed on the way, and tells the bytes', async () => {
  const told: number[] = [];
  const change = (bytes: Uint8Array, file: string) => [Buffer.from(`${file}: `), bytes];
  await writeArchive(
    zip,
    [
      { name: checkpoint, text: 'weights' },
      { name: `${MODEL}/same`, file: source },
      { name: `${MODEL}/changed`, file: source, change },
    ],
    { onProgress: (bytes) => told.push(bytes) },
  );
  const archive = await ModelArchive.open(zip);
  const texts: Record<string, string> = {};
  for (const member of archive.members) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive.read(member)) chunks.push(chunk);
    texts[member.name] = Buffer.concat(chunks).toString();
  }
  archive.close();
  expect(texts).toEqual({
    [checkpoint]: 'weights',
    [`${MODEL}/same`]: 'as it is',
    [`${MODEL}/changed`]: `${source}: as it is`,
  });
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(statSync(zip).size);
});

it('leaves the archive that was there where a file is missing, a change fails, or it is stopped', async () => {
  writeFileSync(zip, 'earlier');
  const none = join(root, 'none');
  const change = () => {
    throw new Error('no change');
  };
  await expect(writeArchive(zip, [{ name: 'a', file: none }])).rejects.toMatchObject({
    tag: 'missing-file',
    where: none,
  });
  await expect(writeArchive(zip, [{ name: 'a', file: none, change }])).rejects.toMatchObject({ tag: 'missing-file' });
  await expect(writeArchive(zip, [{ name: 'a', file: source, change }])).rejects.toThrow('no change');
  const signal = AbortSignal.abort();
  await expect(writeArchive(zip, [{ name: 'a', text: 'b' }], { signal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(readFileSync(zip, 'utf8')).toBe('earlier');
  expect(existsSync(zip) && readdirSync(root).sort()).toEqual(['a.zip', 'source']);
});
