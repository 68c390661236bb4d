import { readPickle } from '@nnunet/pickle';
import { crc32, readZipDirectory, startOf, type ZipMember } from '@nnunet/tensor/internal';
import { badCheckpoint } from './bad-checkpoint.ts';
import { type RangeSource, readChecked } from './range-source.ts';
import { torchGlobals } from './torch-globals.ts';
import { StorageTable } from './torch-storage.ts';

/** Maximum size of the pickle, which does not include the weights. */
const MAX_PICKLE = 2 ** 28;

/** Reads a file of PyTorch 1.6 and later: a zip archive with `data.pkl` and one entry per storage. */
export async function readZipForm(source: RangeSource): Promise<unknown> {
  const where = source.name;
  const entries = await listEntries(source);
  const pickles = [...entries.keys()].filter((name) => /^(?:[^/]*\/)?data\.pkl$/.test(name));
  if (pickles.length !== 1)
    throw badCheckpoint(
      where,
      'is a zip archive, but was not written by torch.save: it does not contain exactly one data.pkl',
    );
  const pickleName = pickles[0]!;
  const folder = pickleName.slice(0, -'data.pkl'.length);

  const order = entries.get(`${folder}byteorder`);
  const byteOrder = order ? new TextDecoder().decode(await readEntry(source, order, 64)) : 'little';
  if (byteOrder !== 'little' && byteOrder !== 'big') throw badCheckpoint(where, 'has an unknown byte order');

  const table = new StorageTable(source);
  const bytes = await readEntry(source, entries.get(pickleName)!, MAX_PICKLE);
  const value = readPickle(bytes, {
    where,
    globals: torchGlobals,
    persistentId: (id) => table.fromPersistentId(id),
  });
  for (const [key, storage] of table.storages) {
    const entry = entries.get(`${folder}data/${key}`);
    if (entry === undefined) throw badCheckpoint(where, `lacks the storage ${key}`);
    if (entry.size !== storage.bytes) {
      throw badCheckpoint(where, `its storage ${key} has ${entry.size} bytes instead of ${storage.bytes}`);
    }
    storage.bigEndian = byteOrder === 'big';
    storage.placeAt(async () => ({ start: await locateEntry(source, entry), crc: entry.crc }));
  }
  return value;
}

/** Lists the entries by name, all within the archive. */
async function listEntries(source: RangeSource): Promise<Map<string, ZipMember>> {
  const { members, directoryStart } = await readZipDirectory(archiveOf(source), (what) =>
    badCheckpoint(source.name, what),
  );
  for (const { name, headAt, compressedSize } of members)
    if (!(headAt + 30 + compressedSize <= directoryStart))
      throw badCheckpoint(source.name, `has an entry ${name} that lies outside`);
  return new Map(members.map((member) => [member.name, member]));
}

const archiveOf = (source: RangeSource) => ({
  size: source.size,
  read: (at: number, length: number) => readChecked(source, at, length),
});

/** Returns the offset of an entry's content. */
async function locateEntry(source: RangeSource, entry: ZipMember): Promise<number> {
  const fail = (what: string) => badCheckpoint(source.name, what);
  if (entry.encrypted) throw fail(`its entry ${entry.name} is encrypted`);
  if (entry.method !== 0 || entry.compressedSize !== entry.size)
    throw fail(`its entry ${entry.name} is compressed, which PyTorch does not do`);
  const start = await startOf(archiveOf(source), entry, fail);
  if (start + entry.size > source.size) throw fail(`has lost its entry ${entry.name}`);
  return start;
}

async function readEntry(source: RangeSource, entry: ZipMember, limit: number): Promise<Uint8Array> {
  if (entry.size > limit) throw badCheckpoint(source.name, `its entry ${entry.name} has ${entry.size} bytes`);
  const bytes = await readChecked(source, await locateEntry(source, entry), entry.size);
  if (entry.crc !== 0 && crc32(bytes) !== entry.crc) {
    throw badCheckpoint(source.name, `its entry ${entry.name} is damaged: the checksum differs`);
  }
  return bytes;
}
