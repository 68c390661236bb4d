/** Writes the wire format of Protocol Buffers, as far as ONNX graphs and TensorBoard's event files need it. */
export class ProtobufWriter {
  #chunks: Uint8Array[] = [];
  #length = 0;

  bytes(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      out.set(chunk, at);
      at += chunk.length;
    }
    return out;
  }

  /** Writes an integer (int32, int64, bool, enum); negative ones take ten bytes, as 64-bit two's complement. */
  varint(field: number, value: number | bigint): void {
    this.#push(varintBytes((field << 3) | 0));
    this.#push(varintBytes(value));
  }

  float(field: number, value: number): void {
    this.#push(varintBytes((field << 3) | 5));
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#push(bytes);
  }

  double(field: number, value: number): void {
    this.#push(varintBytes((field << 3) | 1));
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#push(bytes);
  }

  string(field: number, value: string): void {
    this.raw(field, new TextEncoder().encode(value));
  }

  raw(field: number, value: Uint8Array): void {
    this.#push(varintBytes((field << 3) | 2));
    this.#push(varintBytes(value.length));
    this.#push(value);
  }

  message(field: number, write: (writer: ProtobufWriter) => void): void {
    const inner = new ProtobufWriter();
    write(inner);
    this.#push(varintBytes((field << 3) | 2));
    this.#push(varintBytes(inner.#length));
    for (const chunk of inner.#chunks) this.#push(chunk);
  }

  packedVarints(field: number, values: readonly number[]): void {
    const inner = new ProtobufWriter();
    for (const v of values) inner.#push(varintBytes(v));
    this.raw(field, inner.bytes());
  }

  #push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }
}

function varintBytes(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  while (rest > 127n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
  return Uint8Array.from(out);
}
