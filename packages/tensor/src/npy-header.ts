import { NnUNetError } from '@nnunet/errors';
import { bytesOf, type Dtype, numpyCodeOf, numpyCodes } from './dtype.ts';
import { sizeOf } from './tensor.ts';

/** Contents of a .npy header. */
export interface NpyHeader {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** Column-major: the first axis varies fastest. */
  readonly fortranOrder: boolean;
  readonly bigEndian: boolean;
  /** Number of bytes before the first element. */
  readonly dataOffset: number;
  /** Number of bytes of all elements. */
  readonly dataBytes: number;
}

/** Enough bytes for the header of any .npy file with at most 32 axes. */
export const NPY_HEAD_BYTES = 4096;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

/** Creates a 'bad-npy' error with a remedy that suits a damaged file. */
export function badNpy(where: string, what: string, remedy = 'Write the file again with numpy.save.'): NnUNetError {
  return new NnUNetError('bad-npy', { where, what, remedy });
}

/**
 * Parses the header of a .npy file (format versions 1 to 3).
 *
 * @param bytes - at least the whole header; elements may be missing
 * @param where - file name for error messages
 * @throws NnUNetError 'bad-npy' for anything other than a plain array of a supported type
 */
export function decodeNpyHeader(bytes: Uint8Array, where = '.npy data'): NpyHeader {
  if (bytes.length < 10) throw badNpy(where, `has ${bytes.length} bytes, too few for a .npy file`);
  if (MAGIC.some((b, i) => bytes[i] !== b))
    throw badNpy(where, 'is not a .npy file: it does not start with \\x93NUMPY');
  const major = bytes[6]!;
  if (major < 1 || major > 3) throw badNpy(where, `has .npy format version ${major}; versions 1 to 3 are known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (major > 1 && bytes.length < 12) throw badNpy(where, 'ends within its header');
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length) throw badNpy(where, `ends within its header of ${length} bytes`);
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + length));

  const descr = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[))/.exec(text);
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text);
  const shapeText = /['"]shape['"]\s*:\s*\(([\d\sL,]*)\)/.exec(text);
  if (!descr || !fortran || !shapeText || !/^\s*\{/.test(text)) throw badNpy(where, 'has an unreadable header');

  const [, order, code = ''] = /^([<>|=])([a-zA-Z]\d+)$/.exec(descr[1] ?? '') ?? [];
  const dtype = numpyCodes.get(code);
  if (!dtype) {
    const type = descr[2] ? 'a record type' : `type ${descr[1]}`;
    const known = 'float16/32/64, int8 to int64, uint8 to uint32 and bool';
    throw badNpy(
      where,
      `has elements of ${type}`,
      `Only arrays of ${known} can be read; objects are never unpickled. Convert the array with numpy's astype.`,
    );
  }

  const shape = shapeText[1]!
    .split(',')
    .map((part) => part.trim().replace(/L$/, ''))
    .filter((part) => part !== '')
    .map(Number);
  const size = sizeOf(shape);
  if (shape.length > 32 || !shape.every(Number.isSafeInteger) || !Number.isSafeInteger(size * bytesOf[dtype])) {
    throw badNpy(where, `has an impossible shape (${shape.join(', ')})`);
  }
  return {
    shape,
    dtype,
    fortranOrder: fortran[1] === 'True',
    bigEndian: order === '>',
    dataOffset: start + length,
    dataBytes: size * bytesOf[dtype],
  };
}

/** Encodes the header of a .npy file like numpy.save: version 1 (2 if it is long), padded to a multiple of 64 bytes. */
export function encodeNpyHeader(shape: readonly number[], dtype: Dtype): Uint8Array {
  const order = bytesOf[dtype] === 1 ? '|' : '<';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '${order}${numpyCodeOf(dtype)}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = dict.length + 1 + 10 + 63 < 65536 ? 10 : 12;
  const total = Math.ceil((start + dict.length + 1) / 64) * 64;
  const head = new Uint8Array(total).fill(0x20);
  head.set([...MAGIC, start === 10 ? 1 : 2, 0]);
  const view = new DataView(head.buffer);
  if (start === 10) view.setUint16(8, total - start, true);
  else view.setUint32(8, total - start, true);
  for (let i = 0; i < dict.length; i++) head[start + i] = dict.charCodeAt(i);
  head[total - 1] = 0x0a;
  return head;
}
