import { allocate, bytesOf, type Dtype, dtypeOf, fits, type StoredTensor } from './dtype.ts';
import { float16ToFloat32, float32ToFloat16 } from './half.ts';
import { sizeOf, type TypedArray } from './tensor.ts';

/**
 * Elements from their bytes in a file. `bytes` must be exactly the elements. Shares memory with `bytes` where type and
 * alignment allow.
 */
export function elementsFromBytes(bytes: Uint8Array, dtype: Dtype, bigEndian = false): TypedArray {
  const width = bytesOf[dtype];
  const size = bytes.byteLength / width;
  if (bigEndian && width > 1) return elementsFromBytes(swapped(bytes, width), dtype);
  if (dtype === 'bool') {
    const flags = new Uint8Array(size);
    for (let i = 0; i < size; i++) flags[i] = bytes[i] === 0 ? 0 : 1;
    return flags;
  }
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  if (dtype === 'float16') return float16ToFloat32(new Uint16Array(aligned.buffer, aligned.byteOffset, size));
  const Type = allocate(dtype, 0).constructor as new (b: ArrayBufferLike, o: number, n: number) => TypedArray;
  return new Type(aligned.buffer, aligned.byteOffset, size);
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.byteLength);
  for (let i = 0; i < bytes.byteLength; i += width) {
    for (let k = 0; k < width; k++) out[i + k] = bytes[i + width - 1 - k];
  }
  return out;
}

/** The type that a tensor is stored as. Throws a TypeError where its `dtype`, shape and array contradict each other. */
export function storedDtype(tensor: StoredTensor): Dtype {
  const dtype = tensor.dtype ?? dtypeOf(tensor.data);
  if (!fits(tensor.data, dtype)) {
    throw new TypeError(`an array of ${dtypeOf(tensor.data)} cannot be stored as ${dtype}`);
  }
  if (sizeOf(tensor.shape) !== tensor.data.length) {
    throw new TypeError(`shape (${tensor.shape.join(', ')}) does not fit ${tensor.data.length} elements`);
  }
  return dtype;
}

/** Little-endian bytes of the elements. Shares memory with the array except for float16. */
export function elementsToBytes(data: TypedArray, dtype: Dtype): Uint8Array {
  const source = dtype === 'float16' ? float32ToFloat16(data as Float32Array) : data;
  return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}
