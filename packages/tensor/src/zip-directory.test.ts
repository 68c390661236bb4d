import { zipArchive } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { readZipDirectory, startOf } from './zip-directory.ts';

const content = Uint8Array.of(1, 2, 3, 4, 5);
const entries = [
  { name: 'a', content: Uint8Array.of(9) },
  { name: 'füür', content },
];

const fail = (what: string) => new Error(`x.zip ${what}`);

const sourceOf = (bytes: Uint8Array) => ({
  size: bytes.length,
  read: async (at: number, n: number) => {
    expect(at >= 0 && at + n <= bytes.length).toBe(true);
    return bytes.subarray(at, at + n);
  },
});
const namesOf = async (bytes: Uint8Array) =>
  (await readZipDirectory(sourceOf(bytes), fail)).members.map(({ name }) => name);

async function contentOf(bytes: Uint8Array, name: string): Promise<number[]> {
  const source = sourceOf(bytes);
  const { members } = await readZipDirectory(source, fail);
  const member = members.find((one) => one.name === name)!;
  const at = await startOf(source, member, fail);
  return [...bytes.subarray(at, at + member.size)];
}

/** The archive with bytes put in, and numbers of its end changed. */
function changed(bytes: Uint8Array, { at = bytes.length, added = 0, edit = (_: DataView) => {} }): Uint8Array {
  const out = new Uint8Array(bytes.length + added);
  out.set(bytes.subarray(0, at));
  out.set(bytes.subarray(at), at + added);
  edit(new DataView(out.buffer));
  return out;
}

describe.each([
  ['zip', zipArchive(entries)],
  ['zip64', zipArchive(entries, true)],
])('%s', (_, archive) => {
  it('lists entries and finds their content, before a comment of any length', async () => {
    for (const comment of [0, 1, 65535]) {
      const bytes = changed(archive, { added: comment });
      expect(await contentOf(bytes, 'füür')).toEqual([...content]);
      expect(await contentOf(bytes, 'a')).toEqual([9]);
    }
    await expect(contentOf(changed(archive, { added: 65536 }), 'a')).rejects.toThrow('directory at the end');
  });

  it('is refused where its directory does not fit', async () => {
    const wide = archive.length > zipArchive(entries).length;
    const end = wide ? archive.length - 22 - 20 - 56 : archive.length - 22;
    const set = (value: (old: number) => number, field: 'count' | 'size' | 'start') =>
      changed(archive, {
        edit: (view) => {
          const at = end + (wide ? { count: 32, size: 40, start: 48 } : { count: 10, size: 12, start: 16 })[field];
          const old = field === 'count' && !wide ? view.getUint16(at, true) : view.getUint32(at, true);
          if (field === 'count' && !wide) view.setUint16(at, value(old), true);
          else view.setUint32(at, value(old), true);
        },
      });
    for (const bytes of [
      set((n) => n + 1, 'size'),
      set((n) => n - 1, 'size'),
      set((n) => n + 1, 'start'),
      set((n) => n - 1, 'start'),
      set((n) => n + 1, 'count'),
      set(() => 10, 'count'),
    ]) {
      await expect(namesOf(bytes)).rejects.toThrow('damaged zip directory');
    }
    expect(await namesOf(set(() => 1, 'count'))).toEqual(['a']);
  });
});

it('passes over what else a head says beside an entry, and over other fields before those of zip64', async () => {
  const archive = zipArchive([{ name: 'a', content }]);
  // 30 bytes of the local head and the name, then four of another field.
  const local = changed(archive, {
    at: 31,
    added: 4,
    edit: (view) => {
      view.setUint16(28, 4, true);
      view.setUint32(view.byteLength - 6, archive.length - 22 - 47 + 4, true);
    },
  });
  expect(await contentOf(local, 'a')).toEqual([...content]);

  const wide = zipArchive([{ name: 'a', content }], true);
  const central = 30 + 1 + content.length;
  const extra = changed(wide, {
    at: central + 47,
    added: 9,
    edit: (view) => {
      view.setUint16(central + 30, 28 + 9, true);
      view.setUint16(central + 47, 0x5455, true);
      view.setUint16(central + 49, 5, true);
      const end64 = central + 47 + 9 + 28;
      view.setUint32(end64 + 40, 47 + 9 + 28, true);
      view.setUint32(end64 + 56 + 8, end64, true);
    },
  });
  expect(await contentOf(extra, 'a')).toEqual([...content]);
});

it('refuses an entry whose head is not its own, and a directory without end', async () => {
  const archive = zipArchive(entries);
  const lost = changed(archive, { edit: (view) => view.setUint8(0, 0x51) });
  await expect(contentOf(lost, 'a')).rejects.toThrow('x.zip has lost its entry a');
  const end = new Uint8Array(20 + 22 + 65535);
  const view = new DataView(end.buffer);
  view.setUint32(20 + 65535, 0x06054b50, true);
  view.setUint32(20 + 65535 + 12, 2 ** 26 + 1, true);
  await expect(readZipDirectory({ size: 2 ** 40, read: async () => end }, fail)).rejects.toThrow(
    'has a zip directory of 67108865 bytes',
  );
});
