import { GlobalReference } from '@nnunet/pickle';
import type { Dtype, TypedArray } from '@nnunet/tensor';
import { bfloat16ToFloat32, bytesOf, crc32, elementsFromBytes } from '@nnunet/tensor/internal';
import { badCheckpoint } from './bad-checkpoint.ts';
import { type RangeSource, readChecked } from './range-source.ts';

/** Element types, with PyTorch's names. */
export type TorchDtype = Exclude<Dtype, 'uint16' | 'uint32'> | 'bfloat16';

/** Array types of tensors in memory: float16 and bfloat16 become Float32Array (exactly), bool Uint8Array of 0 and 1. */
export type TorchElements = Exclude<TypedArray, Uint16Array | Uint32Array>;

function elementBytes(dtype: TorchDtype): number {
  return dtype === 'bfloat16' ? 2 : bytesOf[dtype];
}

/** Decodes elements, without copying if possible. */
export function elementsOf(bytes: Uint8Array, dtype: TorchDtype, bigEndian: boolean): TorchElements {
  if (dtype !== 'bfloat16') return elementsFromBytes(bytes, dtype, bigEndian) as TorchElements;
  return bfloat16ToFloat32(elementsFromBytes(bytes, 'uint16', bigEndian) as Uint16Array);
}

/** Element types of storages, by class name. */
export const storageTypes: ReadonlyMap<string, TorchDtype> = new Map([
  ['torch.FloatStorage', 'float32'],
  ['torch.DoubleStorage', 'float64'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
]);

/** Location of a storage's bytes. */
export interface StoragePlace {
  /** Offset of its first element. */
  start: number;
  /** Checksum; 0 or omitted if unknown. */
  crc?: number;
}

/** Elements that tensors are views of, still in the file. */
export class TorchStorage {
  readonly key: string;
  readonly dtype: TorchDtype;
  /** Number of elements. */
  readonly size: number;
  bigEndian = false;
  readonly #source: RangeSource;
  #locate: () => Promise<StoragePlace>;

  constructor(source: RangeSource, key: string, dtype: TorchDtype, size: number) {
    this.#source = source;
    this.key = key;
    this.dtype = dtype;
    this.size = size;
    this.#locate = async () => {
      throw badCheckpoint(source.name, `lacks the storage ${key}`);
    };
  }

  /** Bytes in the file. */
  get bytes(): number {
    return this.size * elementBytes(this.dtype);
  }

  placeAt(locate: () => Promise<StoragePlace>): void {
    this.#locate = locate;
  }

  /** Reads elements `start` to `end` (exclusive). If the whole storage is read, its checksum is verified. */
  async read(start: number, end: number): Promise<TorchElements> {
    const source = this.#source;
    const width = elementBytes(this.dtype);
    const place = await this.#locate();
    const bytes = await readChecked(source, place.start + start * width, (end - start) * width);
    if (place.crc && start === 0 && end === this.size && crc32(bytes) !== place.crc) {
      throw badCheckpoint(source.name, `its storage ${this.key} is damaged: the checksum differs`);
    }
    return elementsOf(bytes, this.dtype, this.bigEndian);
  }
}

/** The storages referenced by a pickle, by key. */
export class StorageTable {
  readonly storages = new Map<string, TorchStorage>();
  readonly #source: RangeSource;

  constructor(source: RangeSource) {
    this.#source = source;
  }

  /**
   * Returns the storage of a persistent id: ('storage', class, key, device, elements), in the older form followed by a
   * view, which must be None. Throws an Error for any other id.
   */
  fromPersistentId(id: unknown): TorchStorage {
    if (!Array.isArray(id) || id[0] !== 'storage' || id.length < 5 || id.length > 6) {
      throw new Error('a persistent id that is not a storage');
    }
    const [, type, key, , size, view = null] = id as unknown[];
    const dtype = type instanceof GlobalReference ? storageTypes.get(type.name) : undefined;
    if (dtype === undefined) throw new Error('a storage of an unsupported type');
    if (typeof key !== 'string' || !Number.isSafeInteger(size) || (size as number) < 0) {
      throw new Error('a storage without key and size');
    }
    if (view !== null) throw new Error('a view of a storage, as written only by PyTorch before 0.4');
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
