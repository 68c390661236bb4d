import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  checkMadeFrom,
  compareMadeFrom,
  hashFile,
  hashFiles,
  hashMadeFrom,
  hashSettings,
  readMadeFrom,
  requireFinished,
  writeMadeFrom,
} from './provenance.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

describe('provenance', () => {
  it('hashes files with SHA-256', async () => {
    writeFileSync(join(folder, 'a'), 'abc');
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(await hashFile(join(folder, 'a'))).toBe(abc);
    expect(await hashFiles(folder, ['a'])).toEqual({ a: abc });
    await expect(hashFile(join(folder, 'b'))).rejects.toMatchObject({ tag: 'missing-file' });
  });

  it('chains hashes and does not depend on the order of keys', () => {
    expect(hashSettings({ a: 1, b: 2 })).toBe(hashSettings({ b: 2, a: 1 }));
    expect(hashMadeFrom({ sources: { a: 'x' } })).not.toBe(hashMadeFrom({ sources: { a: 'y' } }));
  });

  it('accepts an unchanged folder, and one without a record with a notice', async () => {
    const record = { sources: { a: hashSettings(1), b: hashSettings(2) } };
    expect(await readMadeFrom(folder)).toBeNull();
    expect(await checkMadeFrom(folder, record)).toMatch(/no record of what it was made from/);
    await writeMadeFrom(folder, record);
    expect(await readMadeFrom(folder)).toEqual(record);
    expect(await checkMadeFrom(folder, record)).toBeNull();
  });

  it('refuses a stale one with the reason', async () => {
    await writeMadeFrom(folder, { sources: { a: hashSettings(1), b: hashSettings(2) } });
    const present = { sources: { a: hashSettings(3), c: hashSettings(2) } };
    await expect(checkMadeFrom(folder, present)).rejects.toMatchObject({
      tag: 'stale',
      where: folder,
      message: expect.stringContaining('changed: a; new: c; gone: b'),
    });
    expect(compareMadeFrom((await readMadeFrom(folder))!, present)).toEqual({
      changed: ['a'],
      added: ['c'],
      removed: ['b'],
    });
  });

  it('says of an unfinished one how much it is to hold', async () => {
    const record = { sources: { a: hashSettings(1) }, unfinished: 7 };
    await writeMadeFrom(folder, record);
    const refused = {
      tag: 'unfinished',
      where: folder,
      message: expect.stringContaining('not all of its 7 cases are done'),
    };
    await expect(checkMadeFrom(folder, record)).rejects.toMatchObject(refused);
    expect(() => requireFinished(folder, record)).toThrow(expect.objectContaining(refused));
    for (const fine of [null, { sources: {} }]) requireFinished(folder, fine);
  });

  it('names five sources of a kind at most', async () => {
    const sources = (from: number, to: number) =>
      Object.fromEntries(Array.from({ length: to - from }, (_, i) => [`s${from + i}`, hashSettings(i)]));
    await writeMadeFrom(folder, { sources: sources(0, 6) });
    await expect(checkMadeFrom(folder, { sources: sources(10, 15) })).rejects.toThrow(
      '(new: s10, s11, s12, s13, s14; gone: s0, s1, s2, s3, s4 and 1 more)',
    );
  });

  it('stops hashing when asked', async () => {
    writeFileSync(join(folder, 'a'), 'abc');
    const signal = AbortSignal.abort();
    await expect(hashFiles(folder, ['a'], { signal })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('names a damaged record', async () => {
    writeFileSync(join(folder, 'made-from.json'), '{"sources": {"a": "123"}}');
    await expect(readMadeFrom(folder)).rejects.toThrow(/made-from\.json: key "sources\.a": a SHA-256/);
  });
});
