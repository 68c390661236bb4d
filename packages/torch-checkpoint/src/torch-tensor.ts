import { sizeOf, stridesOf } from '@nnunet/tensor';
import { toRowMajor } from '@nnunet/tensor/internal';
import type { TorchDtype, TorchElements, TorchStorage } from './torch-storage.ts';

/** A tensor in a checkpoint whose elements are still in the file. */
export interface TorchTensor {
  /** Element type in the file. */
  readonly dtype: TorchDtype;
  readonly shape: readonly number[];
  /**
   * Reads the elements, row-major whatever the strides in the file; float16 and bfloat16 as Float32Array, bool as
   * Uint8Array of 0 and 1. Reads only the tensor's span of the file; every call reads again.
   * @throws NnUNetError 'bad-checkpoint', or an error of the source
   */
  read(): Promise<TorchElements>;
}

export function isTorchTensor(value: unknown): value is TorchTensor {
  return value instanceof StoredTorchTensor;
}

const MAX_AXES = 64;
/** A tensor may have more elements than its storage (stride 0), up to this limit. */
const MAX_EXPANDED = 2 ** 24;

interface TensorView {
  /** In elements. */
  offset: unknown;
  size: unknown;
  /** In elements. */
  stride: unknown;
}

export class StoredTorchTensor implements TorchTensor {
  readonly shape: readonly number[];
  readonly #storage: TorchStorage;
  readonly #offset: number;
  readonly #stride: readonly number[];

  /** Throws an Error for a view that exceeds its storage. */
  constructor(storage: TorchStorage, { offset, size, stride }: TensorView) {
    const wrong = (what: string) => new Error(`a tensor ${what} of storage ${storage.key}`);
    if (!isCounts(size) || !isCounts(stride) || size.length !== stride.length) throw wrong('of an impossible shape');
    if (!Number.isSafeInteger(sizeOf(size.map((n) => Math.max(1, n))))) throw wrong('of an impossible shape');
    if (!Number.isSafeInteger(offset) || (offset as number) < 0) throw wrong('at an impossible offset');
    this.#storage = storage;
    this.#offset = offset as number;
    this.#stride = Object.freeze([...stride]);
    this.shape = Object.freeze([...size]);
    const elements = sizeOf(size);
    if (elements === 0) return;
    if (!(this.#offset + this.#span <= storage.size)) throw wrong('beyond the end');
    if (elements > Math.max(storage.size, MAX_EXPANDED)) throw wrong(`of ${elements} elements`);
  }

  get dtype(): TorchDtype {
    return this.#storage.dtype;
  }

  /** Number of storage elements from the first to the last one. */
  get #span(): number {
    return this.shape.reduce((sum, n, a) => sum + (n - 1) * this.#stride[a]!, 1);
  }

  async read(): Promise<TorchElements> {
    const { shape } = this;
    const storage = this.#storage;
    const elements = sizeOf(shape);
    if (elements === 0) return storage.read(0, 0);
    const span = await storage.read(this.#offset, this.#offset + this.#span);
    const plain = stridesOf(shape);
    if (shape.every((n, a) => n === 1 || this.#stride[a] === plain[a])) return span;
    return toRowMajor(span, shape, this.#stride);
  }
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= MAX_AXES && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
