import { float16ToFloat32 } from '@nnunet/tensor';

/** Element types, by PyTorch's names. */
export type TorchDtype =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool';

/** What a tensor is in memory: float16 and bfloat16 become Float32Array (exactly), bool Uint8Array of 0 and 1. */
export type TorchElements =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

export const elementBytes: Readonly<Record<TorchDtype, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Elements from their bytes, which may be changed and kept. */
export function elementsOf(bytes: Uint8Array, dtype: TorchDtype, bigEndian: boolean): TorchElements {
  const width = elementBytes[dtype];
  const raw = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  if (bigEndian && width > 1) swapBytes(raw, width);
  const { buffer, byteOffset } = raw;
  const size = raw.length / width;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, size);
    case 'float64':
      return new Float64Array(buffer, byteOffset, size);
    case 'float16':
      return float16ToFloat32(new Uint16Array(buffer, byteOffset, size));
    case 'bfloat16':
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, size));
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, size);
    case 'int32':
      return new Int32Array(buffer, byteOffset, size);
    case 'int16':
      return new Int16Array(buffer, byteOffset, size);
    case 'int8':
      return new Int8Array(buffer, byteOffset, size);
    case 'uint8':
      return new Uint8Array(buffer, byteOffset, size);
    case 'bool': {
      const flags = new Uint8Array(size);
      for (let i = 0; i < size; i++) flags[i] = raw[i] === 0 ? 0 : 1;
      return flags;
    }
  }
}

/** bfloat16 is the upper half of a float32. */
function bfloat16ToFloat32(upper: Uint16Array): Float32Array {
  const bits = new Uint32Array(upper.length);
  for (let i = 0; i < bits.length; i++) bits[i] = upper[i] << 16;
  return new Float32Array(bits.buffer);
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let i = 0; i < bytes.length; i += width) {
    for (let a = i, b = i + width - 1; a < b; a++, b--) {
      const byte = bytes[a];
      bytes[a] = bytes[b];
      bytes[b] = byte;
    }
  }
}
