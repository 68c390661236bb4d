import { isBadPickle, readPickleAt } from '@nnunet/pickle';
import { badCheckpoint } from './bad-checkpoint.ts';
import { type RangeSource, readChecked } from './range-source.ts';
import { torchGlobals } from './torch-globals.ts';
import { StorageTable } from './torch-storage.ts';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
/** Maximum size of the part before the elements. */
const MAX_HEAD = 2 ** 28;
const FIRST_READ = 2 ** 16;

/**
 * Reads a file of PyTorch before 1.6: a stream of five pickles (magic number, version, platform, value, storage keys),
 * then for each key the number of elements (int64) and the elements, always little endian.
 */
export async function readLegacyForm(source: RangeSource): Promise<unknown> {
  const { value, table, keys, end } = await readHead(source);
  const where = source.name;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw badCheckpoint(where, 'has no list of its storages');
  }
  if (new Set(keys).size !== keys.length) throw badCheckpoint(where, 'lists a storage twice');
  let at = end;
  for (const key of keys as string[]) {
    const storage = table.storages.get(key);
    if (storage === undefined) throw badCheckpoint(where, `holds a storage ${key} that no tensor has`);
    const head = await readChecked(source, at, 8);
    const count = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (count !== BigInt(storage.size)) {
      throw badCheckpoint(where, `its storage ${key} has ${count} elements instead of ${storage.size}`);
    }
    const start = at + 8;
    storage.placeAt(async () => ({ start }));
    at = start + storage.bytes;
    if (at > source.size) throw badCheckpoint(where, `is cut off: it ends within storage ${key}`);
  }
  if (keys.length !== table.storages.size) {
    throw badCheckpoint(where, `holds ${keys.length} of its ${table.storages.size} storages`);
  }
  return value;
}

interface Head {
  value: unknown;
  table: StorageTable;
  keys: unknown;
  /** Offset after the pickles. */
  end: number;
}

/** Reads the pickles from a growing part of the file, because their length is known only at their end. */
async function readHead(source: RangeSource): Promise<Head> {
  for (let length = Math.min(source.size, FIRST_READ); ; length = Math.min(source.size, length * 4)) {
    const bytes = await readChecked(source, 0, length);
    try {
      return parseHead(source, bytes);
    } catch (cause) {
      if (!(isBadPickle(cause) && cause.truncated && length < source.size)) throw cause;
      if (length >= MAX_HEAD) throw badCheckpoint(source.name, `has more than ${MAX_HEAD} bytes before its elements`);
    }
  }
}

function parseHead(source: RangeSource, bytes: Uint8Array): Head {
  const where = source.name;
  let at = 0;
  const plain = () => {
    const { value, end } = readPickleAt(bytes, at, { where });
    at = end;
    return value;
  };
  let magic: unknown;
  try {
    magic = plain();
  } catch (cause) {
    throw badCheckpoint(
      where,
      'was not written by torch.save: it is neither a zip archive nor the older format',
      cause,
    );
  }
  if (magic !== MAGIC) throw badCheckpoint(where, "is a pickle, but does not start with PyTorch's number");
  const version = plain();
  if (version !== VERSION) throw badCheckpoint(where, `is of the unknown version ${version}`);
  if (!(plain() instanceof Map)) throw badCheckpoint(where, 'says nothing about the machine that wrote it');
  const table = new StorageTable(source);
  const main = readPickleAt(bytes, at, {
    where,
    globals: torchGlobals,
    persistentId: (id) => table.fromPersistentId(id),
  });
  at = main.end;
  const keys = plain();
  return { value: main.value, table, keys, end: at };
}
