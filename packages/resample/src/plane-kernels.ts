import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { type AxisKernel, MARGIN } from './axis-kernel.ts';
import { BINARY } from './plane-kernels-binary.ts';

/** The functions of kernels/plane-kernels.ts. Addresses are byte offsets in the memory; counts are in elements. */
export interface PlaneKernels {
  clip(at: number, low: number, high: number, n: number): void;
  bound(bounds: number, at: number, n: number): void;
  foldEnd(to: number, samples: number, n: number): void;
  fold(to: number, samples: number, after: number, n: number): void;
  unfoldStart(row: number, pitch: number, samples: number, n: number): void;
  unfold(row: number, before: number, n: number): void;
  mixTwo(to: number, a: number, b: number, weights: number, n: number): void;
  mixFour(to: number, a: number, b: number, c: number, d: number, weights: number, n: number): void;
  resizeColumns(to: number, from: number, width: number, axis: number, scratch: number): void;
  resizeRows(to: number, from: number, rows: number, axis: number, scratch: number): void;
}

/** Rows or columns processed together when resizing along an axis. */
const BLOCK = 32;

/** Arrays are aligned to the processor's cache lines. */
const ALIGNMENT = 64;

const PAGE = 65536;

/** Maximum size of the shared memory. */
const COMMON_BYTES = 16 * 2 ** 20;

let compiled: WebAssembly.Module | undefined;
let common: KernelMemory | undefined;

/**
 * Returns a memory for a synchronous call that is finished with it when it returns. It is usually the memory of the
 * previous call, because creating one takes longer than a small resize.
 */
export function commonMemory(bytes: number): KernelMemory {
  if (bytes > COMMON_BYTES) return new KernelMemory(bytes);
  if (common === undefined || common.bytes < bytes) common = new KernelMemory(2 ** Math.ceil(Math.log2(bytes)));
  common.clear();
  return common;
}

/** A fixed-size memory and the kernels that operate on it. */
export class KernelMemory {
  readonly run: PlaneKernels;
  readonly bytes: number;
  readonly #buffer: ArrayBuffer;
  #used = 0;

  /**
   * @param bytes total size of all arrays, see {@link KernelMemory.bytesOf}
   * @throws NnUNetError 'memory-limit' if it exceeds 4 GiB or the available memory
   */
  constructor(bytes: number) {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(BINARY), (c) => c.charCodeAt(0)));
    const memory = memoryOf(bytes);
    this.bytes = bytes;
    this.#buffer = memory.buffer;
    this.run = new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as PlaneKernels;
  }

  /** Arrays allocated from now on replace earlier ones. */
  clear(): void {
    this.#used = 0;
  }

  float64(length: number): Float64Array<ArrayBuffer> {
    const at = this.#used;
    this.#used += KernelMemory.bytesOf(length);
    return new Float64Array(this.#buffer, at, length);
  }

  /** Copies an axis to the kernels' memory and returns its address. */
  axis({ inputs, outputs, taps, index, weights }: AxisKernel): number {
    const { buffer, byteOffset } = this.float64(axisValues(outputs * taps));
    const words = new Int32Array(buffer, byteOffset, 6 + index.length);
    const weightsAt = byteOffset + 8 * (axisValues(outputs * taps) - weights.length);
    words.set([inputs, outputs, taps, byteOffset + 24, weightsAt]);
    words.set(index, 6);
    new Float64Array(buffer, weightsAt, weights.length).set(weights);
    return byteOffset;
  }

  /** Bytes of a float64 array. */
  static bytesOf(length: number): number {
    return Math.ceil((8 * length) / ALIGNMENT) * ALIGNMENT;
  }

  static axisBytes({ outputs, taps }: AxisKernel): number {
    return KernelMemory.bytesOf(axisValues(outputs * taps));
  }

  /** Length of the scratch array needed for resizing along an axis. */
  static scratchLength({ inputs, outputs }: AxisKernel): number {
    return (2 * inputs + outputs + 2 * MARGIN) * BLOCK;
  }
}

/** Size in float64 elements: five words, one index per weight, then the weights. */
function axisValues(weights: number): number {
  return 3 + Math.ceil(weights / 2) + weights;
}

function memoryOf(bytes: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / PAGE)) });
  } catch {
    throw new NnUNetError('memory-limit', {
      what: `resampling planes of this size takes ${bytesInWords(bytes)} at once, which cannot be had`,
      remedy: 'At most 4.2 GB can be used at once: use a coarser spacing, or free memory.',
    });
  }
}
