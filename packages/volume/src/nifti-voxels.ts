import type { TypedArray } from '@nnunet/tensor';
import type { NiftiHeader } from './nifti-header.ts';

type Stored = TypedArray | BigUint64Array;

const types = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Arrays that labels come in: the smallest that holds every value. Float32Array only where a value is no integer. */
export type LabelArray = Uint8Array | Int16Array | Int32Array | Float32Array;

/** Voxels as stored, in this machine's byte order. `bytes` are exactly the voxels; they are swapped in place. */
function storedVoxels(bytes: Uint8Array, { pixel, littleEndian }: NiftiHeader): Stored {
  if (!littleEndian) swapBytes(bytes, pixel.bytes);
  const aligned = bytes.byteOffset % pixel.bytes === 0 ? bytes : new Uint8Array(bytes);
  return new types[pixel.dtype](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / pixel.bytes);
}

/** Reverses the order of the bytes within each element, in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let i = start, j = start + width - 1; i < j; i++, j--) {
      const byte = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = byte;
    }
  }
}

/** Slope and intercept to apply; none where the slope is 0 or no number, or where they change nothing. */
function scaling({ slope, intercept }: NiftiHeader): { slope: number; intercept: number } | undefined {
  if (!Number.isFinite(slope) || slope === 0) return undefined;
  const offset = Number.isFinite(intercept) ? intercept : 0;
  return slope === 1 && offset === 0 ? undefined : { slope, intercept: offset };
}

/** Voxels as float32, scaled (in float64) by the header's slope and intercept. May share memory with `bytes`. */
export function floatVoxels(bytes: Uint8Array, header: NiftiHeader): Float32Array {
  const stored = storedVoxels(bytes, header);
  const scale = scaling(header);
  if (stored instanceof Float32Array && !scale) return stored;
  const out = stored instanceof Float32Array ? stored : new Float32Array(stored.length);
  const { slope, intercept } = scale ?? { slope: 1, intercept: 0 };
  if (stored instanceof BigInt64Array || stored instanceof BigUint64Array) {
    for (let i = 0; i < out.length; i++) out[i] = Number(stored[i]) * slope + intercept;
  } else if (scale) {
    for (let i = 0; i < out.length; i++) out[i] = stored[i] * slope + intercept;
  } else {
    out.set(stored);
  }
  return out;
}

/** Voxels as labels: whatever the stored type, integers in the smallest array that holds them. */
export function labelVoxels(bytes: Uint8Array, header: NiftiHeader): LabelArray {
  if (header.pixel.dtype === 'uint8' && !scaling(header)) return bytes;
  const values = floatVoxels(bytes, header);
  let low = 0;
  let high = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isInteger(value)) return values;
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  if (low >= 0 && high <= 255) return Uint8Array.from(values);
  if (low >= -32768 && high <= 32767) return Int16Array.from(values);
  // float32 holds integers exactly up to 2^24
  return low >= -16777216 && high <= 16777216 ? Int32Array.from(values) : values;
}
