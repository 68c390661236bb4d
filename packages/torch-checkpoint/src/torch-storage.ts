import { crc32 } from '@nnunet/tensor/internal';
import { badCheckpoint } from './bad-checkpoint.ts';
import { type RangeSource, readChecked } from './range-source.ts';
import { elementBytes, elementsOf, type TorchDtype, type TorchElements } from './torch-dtype.ts';

/** Where a storage's bytes lie. */
export interface StoragePlace {
  /** Byte of its first element. */
  start: number;
  /** 0 or left out: not known. */
  crc?: number;
}

/** The elements that tensors are views of, still in the file. */
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
    return this.size * elementBytes[this.dtype];
  }

  placeAt(locate: () => Promise<StoragePlace>): void {
    this.#locate = locate;
  }

  /** Elements `start` to `end` (exclusive). A storage that is read whole is checked against its checksum. */
  async read(start: number, end: number): Promise<TorchElements> {
    const source = this.#source;
    const width = elementBytes[this.dtype];
    const place = await this.#locate();
    const bytes = await readChecked(source, place.start + start * width, (end - start) * width);
    if (place.crc && start === 0 && end === this.size && crc32(bytes) !== place.crc) {
      throw badCheckpoint(source.name, `its storage ${this.key} is damaged: the checksum differs`);
    }
    return elementsOf(bytes, this.dtype, this.bigEndian);
  }
}
