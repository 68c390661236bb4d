import type { RangeSource } from './range-source.ts';
import { storageDtype } from './torch-globals.ts';
import { TorchStorage } from './torch-storage.ts';

/** The storages that a pickle refers to, by key. */
export class StorageTable {
  readonly storages = new Map<string, TorchStorage>();
  readonly #source: RangeSource;

  constructor(source: RangeSource) {
    this.#source = source;
  }

  /**
   * The storage of a persistent id: ('storage', class, key, device, elements), in the older form with a view at the
   * end, of which only none is read. Throws an Error for any other.
   */
  fromPersistentId(id: unknown): TorchStorage {
    if (!Array.isArray(id) || id[0] !== 'storage' || id.length < 5 || id.length > 6) {
      throw new Error('a persistent id that is no storage');
    }
    const [, type, key, , size, view = null] = id as unknown[];
    const dtype = storageDtype(type);
    if (dtype === null) throw new Error('a storage of a type that is not read');
    if (typeof key !== 'string' || !Number.isSafeInteger(size) || (size as number) < 0) {
      throw new Error('a storage without key and size');
    }
    if (view !== null) throw new Error('a view of a storage, which only PyTorch before 0.4 wrote');
    const known = this.storages.get(key);
    if (known === undefined) {
      const storage = new TorchStorage(this.#source, key, dtype, size as number);
      this.storages.set(key, storage);
      return storage;
    }
    if (known.dtype !== dtype || known.size !== size) throw new Error(`two different storages ${key}`);
    return known;
  }
}
