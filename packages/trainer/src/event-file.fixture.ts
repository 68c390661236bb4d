/** A value of an event file as the test reads it. */
export interface ReadValue {
  step: number;
  tag: string;
  scalar?: number;
  text?: string;
  image?: { height: number; width: number; channels: number; bytes: Uint8Array };
}

/** What an event file says. */
export interface ReadEvents {
  version: string;
  /** Steps from which on earlier files no longer count. */
  starts: number[];
  values: ReadValue[];
}

type Fields = Map<number, (number | Uint8Array)[]>;

/** Reads an event file independently of the program: bit by bit, by the format's description. */
export function readEvents(file: Uint8Array): ReadEvents {
  const read: ReadEvents = { version: '', starts: [], values: [] };
  for (const event of records(file).map(fieldsOf)) {
    const step = numberIn(event, 2);
    for (const version of bytesIn(event, 3)) read.version = text(version);
    for (const log of bytesIn(event, 7)) if (numberIn(fieldsOf(log), 1) === 1) read.starts.push(step);
    for (const summary of bytesIn(event, 5))
      for (const value of bytesIn(fieldsOf(summary), 1)) read.values.push({ step, ...readValue(fieldsOf(value)) });
  }
  return read;
}

function readValue(fields: Fields): Omit<ReadValue, 'step'> {
  const tag = text(bytesIn(fields, 1)[0]!);
  const [image] = bytesIn(fields, 4).map(fieldsOf);
  const [tensor] = bytesIn(fields, 8).map(fieldsOf);
  if (image !== undefined) {
    const [height, width, channels] = [1, 2, 3].map((field) => numberIn(image, field)) as [number, number, number];
    return { tag, image: { height, width, channels, bytes: bytesIn(image, 4)[0]! } };
  }
  if (tensor !== undefined) return { tag, text: textIn(tensor, fields) };
  return { tag, scalar: numberIn(fields, 2) };
}

/** A list of one text, for TensorBoard's plug-in of texts. */
function textIn(tensor: Fields, fields: Fields): string {
  const inner = (outer: Fields, field: number) => fieldsOf(bytesIn(outer, field)[0]!);
  const plugin = text(bytesIn(inner(inner(fields, 9), 1), 1)[0]!);
  const sizes = bytesIn(inner(tensor, 2), 2).map((size) => numberIn(fieldsOf(size), 1));
  // DT_STRING is 7 (types.proto).
  if (plugin !== 'text' || numberIn(tensor, 1) !== 7 || sizes.join() !== '1') throw new Error('no list of one text');
  return text(bytesIn(tensor, 8)[0]!);
}

/** The data of the records, after checking their checksums. */
function records(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    const data = file.subarray(at + 12, at + 12 + length);
    const stored = [view.getUint32(at + 8, true), view.getUint32(at + 12 + length, true)];
    const expected = [file.subarray(at, at + 8), data].map(maskedCrc);
    if (stored.join() !== expected.join()) throw new Error(`checksums ${stored}, but ${expected} expected`);
    found.push(data);
    at += 16 + length;
  }
  return found;
}

function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number(BigInt.asUintN(32, ((crc >> 15n) | (crc << 17n)) + 0xa282ead8n));
}

function fieldsOf(bytes: Uint8Array): Fields {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const list = fields.get(key >> 3) ?? [];
    fields.set(key >> 3, list);
    const length = [0, 8, 0, 0, 0, 4][key & 7]!;
    if ((key & 7) === 0) list.push(varint());
    else if ((key & 7) === 2) {
      const size = varint();
      list.push(bytes.subarray(at, at + size));
      at += size;
    } else {
      list.push(length === 8 ? view.getFloat64(at, true) : view.getFloat32(at, true));
      at += length;
    }
  }
  return fields;
}

function numberIn(fields: Fields, field: number): number {
  return (fields.get(field)?.[0] ?? 0) as number;
}

function bytesIn(fields: Fields, field: number): Uint8Array[] {
  return (fields.get(field) ?? []) as Uint8Array[];
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
