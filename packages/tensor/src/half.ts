let table: Float32Array | undefined;

/** float32 values of all 65536 half floats. */
function halfTable(): Float32Array {
  if (table) return table;
  const values = new Float32Array(65536);
  const bits = new Uint32Array(values.buffer);
  for (let h = 0; h < 65536; h++) {
    const sign = (h & 0x8000) << 16;
    const exponent = (h >> 10) & 31;
    const mantissa = h & 0x3ff;
    if (exponent === 31) bits[h] = sign | 0x7f800000 | (mantissa << 13);
    else if (exponent > 0) bits[h] = sign | ((exponent + 112) << 23) | (mantissa << 13);
    else values[h] = (h & 0x8000 ? -1 : 1) * mantissa * 2 ** -24;
  }
  table = values;
  return values;
}

/** Converts half floats, given as bits, to float32, exactly. Writes to `out` if given. */
export function float16ToFloat32(half: Uint16Array, out = new Float32Array(half.length)): Float32Array {
  const values = halfTable();
  for (let i = 0; i < half.length; i++) out[i] = values[half[i]!]!;
  return out;
}

/**
 * Converts to the bits of the nearest half floats, ties to even, like IEEE 754 and NumPy's `astype(float16)`. Values of
 * 65520 and above become infinity; NaN stays NaN.
 */
export function float32ToFloat16(values: Float32Array, out = new Uint16Array(values.length)): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    const sign = (x >>> 16) & 0x8000;
    const magnitude = x & 0x7fffffff;
    let half: number;
    if (magnitude >= 0x47800000) {
      // 65536 and above, infinity, or NaN (whose payload keeps at least one bit).
      half = magnitude > 0x7f800000 ? 0x7e00 | ((magnitude >>> 13) & 0x1ff) : 0x7c00;
    } else if (magnitude >= 0x38800000) {
      // Normal: adding half of the dropped part, minus one for an even result, carries into the exponent if necessary.
      half = (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
    } else if (magnitude > 0x33000000) {
      const shift = 126 - (magnitude >>> 23);
      const mantissa = (magnitude & 0x7fffff) | 0x800000;
      half = mantissa >>> shift;
      const rest = mantissa & ((1 << shift) - 1);
      const middle = 1 << (shift - 1);
      if (rest > middle || (rest === middle && half & 1)) half++;
    } else {
      half = 0;
    }
    out[i] = sign | half;
  }
  return out;
}

/** Rounds each value to the nearest half float, in one step, and back to float32. */
export function roundToFloat16(
  values: Float32Array | Float64Array,
  out = new Float32Array(values.length),
): Float32Array {
  return float16ToFloat32(float32ToFloat16(values instanceof Float32Array ? values : roundToOdd(values, out)), out);
}

/**
 * Rounds to float32 so that a further rounding gives what one alone would: a value between two floats becomes that of
 * them with an odd last bit, which is never half way between two half floats.
 */
function roundToOdd(values: Float64Array, out: Float32Array): Float32Array {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    out[i] = x;
    const rounded = out[i]!;
    if (rounded !== x && (bits[i]! & 1) === 0 && !Number.isNaN(x)) bits[i]! += Math.abs(rounded) < Math.abs(x) ? 1 : -1;
  }
  return out;
}

/** Converts bfloat16, given as bits, to float32: it is the upper half of one. */
export function bfloat16ToFloat32(upper: Uint16Array): Float32Array {
  const bits = new Uint32Array(upper);
  for (let i = 0; i < bits.length; i++) bits[i]! <<= 16;
  return new Float32Array(bits.buffer);
}
