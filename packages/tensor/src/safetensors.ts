import { NnUNetError } from '@nnunet/errors';
import { bytesOf, type StoredTensor, safetensorsCodeOf, safetensorsCodes } from './dtype.ts';
import { concatenate, elementPieces, elementsFromBytes, storedDtype } from './elements.ts';
import { bfloat16ToFloat32 } from './half.ts';
import type { ReadTensor } from './npy.ts';
import { sizeOf } from './tensor.ts';

/** Maximum header size, as in the format's own reader. */
const MAX_HEAD = 100_000_000;

/** Named tensors and free-form text in a file. */
export interface Safetensors {
  readonly tensors: Map<string, ReadTensor>;
  readonly metadata: Record<string, string>;
}

/**
 * Encodes tensors and metadata as a .safetensors file. Elements are sorted by descending element size, so that every
 * tensor is aligned. A Float32Array with `dtype` 'float16' is rounded to half floats.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return concatenate(safetensorsChunks(tensors, metadata));
}

/** Returns the bytes of {@link encodeSafetensors} in pieces, so that large weights are not copied. */
export function safetensorsChunks(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  if (tensors.has('__metadata__')) throw new TypeError('__metadata__ cannot be the name of a tensor');
  const items = [...tensors].map(([name, tensor]) => {
    const dtype = storedDtype(tensor);
    return { name, tensor, dtype, bytes: tensor.data.length * bytesOf[dtype], start: 0 };
  });
  const ordered = [...items].sort((a, b) => bytesOf[b.dtype] - bytesOf[a.dtype]);
  let offset = 0;
  for (const item of ordered) {
    item.start = offset;
    offset += item.bytes;
  }
  const fields = items.map(({ name, tensor, dtype, bytes, start }) => {
    const value = { dtype: safetensorsCodeOf(dtype), shape: tensor.shape, data_offsets: [start, start + bytes] };
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  });
  if (Object.keys(metadata).length > 0) fields.unshift(`"__metadata__":${JSON.stringify(metadata)}`);
  return [
    encodeSafetensorsHead(`{${fields.join(',')}}`),
    ...ordered.flatMap(({ tensor, dtype }) => [...elementPieces(tensor.data, dtype)]),
  ];
}

/** Encodes the header of a .safetensors file: the length of its JSON, then the JSON padded to a multiple of 8 bytes. */
export function encodeSafetensorsHead(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(text, 8);
  return head;
}

/**
 * Returns the size of the whole header, from its first eight bytes.
 * @throws NnUNetError 'bad-safetensors'
 */
export function safetensorsHeadBytes(start: Uint8Array, fileBytes: number, where: string): number {
  if (fileBytes < 8) throw bad(where, `has ${fileBytes} bytes, too few for a .safetensors file`);
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEAD) throw bad(where, `declares a header of ${length} bytes`);
  if (8 + length > fileBytes) throw bad(where, `ends within its header of ${length} bytes`);
  return 8 + length;
}

/**
 * Parses a whole header: descriptions of the tensors by name, and `__metadata__`.
 * @throws NnUNetError 'bad-safetensors'
 */
export function parseSafetensorsHead(bytes: Uint8Array, where: string): Record<string, unknown> {
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8)));
  } catch (cause) {
    throw bad(where, 'has a header that is not JSON', cause);
  }
  if (!isRecord(head)) throw bad(where, 'has a header that is not an object');
  return head;
}

/**
 * Decodes a .safetensors file. Every offset is checked; tensors must fill the file without gaps or overlaps. float16
 * and bfloat16 become Float32Array. Arrays may share memory with `bytes`.
 *
 * @param where - file name for error messages
 * @throws NnUNetError 'bad-safetensors'
 */
export function decodeSafetensors(bytes: Uint8Array, where = '.safetensors data'): Safetensors {
  const dataOffset = safetensorsHeadBytes(bytes, bytes.length, where);
  const head = parseSafetensorsHead(bytes.subarray(0, dataOffset), where);
  const tensors = new Map<string, ReadTensor>();
  let metadata: Record<string, string> = {};
  const spans: [number, number][] = [];
  for (const [name, value] of Object.entries(head)) {
    if (name === '__metadata__') metadata = checkMetadata(value, where);
    else tensors.set(name, readTensor(name, value, bytes.subarray(dataOffset), where, spans));
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let end = 0;
  for (const [start, stop] of spans) {
    if (start !== end) throw bad(where, 'has tensors that overlap or leave a gap');
    end = stop;
  }
  if (dataOffset + end !== bytes.length)
    throw bad(where, `has ${bytes.length} bytes, but its tensors end at ${dataOffset + end}`);
  return { tensors, metadata };
}

function bad(where: string, what: string, cause?: unknown): NnUNetError {
  const remedy = 'The file is damaged, incomplete or not a .safetensors file. Copy it or make it again.';
  return new NnUNetError('bad-safetensors', { where, what, remedy, cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkMetadata(value: unknown, where: string): Record<string, string> {
  if (!isRecord(value)) throw bad(where, 'has metadata that is not an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw bad(where, `has metadata ${key} that is not text`);
  }
  return value as Record<string, string>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readTensor(
  name: string,
  value: unknown,
  data: Uint8Array,
  where: string,
  spans: [number, number][],
): ReadTensor {
  const { dtype: code, shape, data_offsets: span } = isRecord(value) ? value : {};
  const dtype = code === 'BF16' ? 'float32' : safetensorsCodes.get(code as string);
  if (!dtype) throw bad(where, `has tensor ${name} of unknown type ${typeof code === 'string' ? code : typeof code}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw bad(where, `has tensor ${name} without a proper shape`);
  if (!Array.isArray(span) || span.length !== 2 || !span.every(isCount))
    throw bad(where, `has tensor ${name} without proper offsets`);
  const [start, stop] = span as [number, number];
  const width = code === 'BF16' ? 2 : bytesOf[dtype];
  if (stop > data.length || stop - start !== sizeOf(shape) * width) {
    throw bad(
      where,
      `has tensor ${name} of shape (${shape.join(', ')}) with offsets ${start} to ${stop} that do not fit`,
    );
  }
  spans.push([start, stop]);
  const body = data.subarray(start, stop);
  if (code !== 'BF16') return { data: elementsFromBytes(body, dtype), shape, dtype };
  return { data: bfloat16ToFloat32(elementsFromBytes(body, 'uint16') as Uint16Array), shape, dtype };
}
