import type { StoredType } from '@nnunet/volume/internal';
import { badImage } from './bad-image.ts';
import { dataFileNames } from './data-files.ts';
import { MAX_FIELD, manyAxes, manyValues, placeAxes, type RawLayout } from './raw-layout.ts';

const TYPES: Readonly<Record<string, StoredType>> = {
  MET_CHAR: 'int8',
  MET_ASCII_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  // Four bytes in MetaIO on every machine.
  MET_LONG: 'int32',
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
};

const copy = 'Copy or export it again.';

/**
 * Parses a MetaImage header: everything up to the line ElementDataFile.
 *
 * @throws NnUNetError 'bad-image', also for several numbers per voxel and more than three axes
 */
export function parseMetaHeader(header: { text: string; bytes: number }, where: string): RawLayout {
  const lines = header.text.split(/\r?\n/);
  const fields = new Map<string, string>();
  let following: string[] = [];
  for (const [i, line] of lines.entries()) {
    const [, name, value] = /^([A-Za-z]\w*)\s*=(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || value === undefined || value.length > MAX_FIELD) continue;
    fields.set(name, value.trim());
    if (name !== 'ElementDataFile') continue;
    following = lines.slice(i + 1);
    break;
  }
  const need = (name: string) => {
    const value = fields.get(name);
    if (value === undefined) {
      throw badImage(where, `is damaged, cut off or not a MetaImage: it has no ${name}`, copy);
    }
    return value;
  };
  const yes = (...names: string[]) => names.some((name) => /^(t|true|1|yes)$/i.test(fields.get(name) ?? ''));
  const data = need('ElementDataFile');
  const dimension = Number(need('NDims'));
  const sizes = numbersIn(need('DimSize'));
  if (sizes.length !== dimension) throw badImage(where, `has ${dimension} axes and sizes of ${sizes.length}`, copy);
  const channels = Number(fields.get('ElementNumberOfChannels') ?? 1);
  if (channels !== 1) throw manyValues(channels, 'colours or vectors', where);
  const type = TYPES[need('ElementType').toUpperCase()];
  if (type === undefined) throw badImage(where, `has voxels of the type ${need('ElementType')}`, 'Store numbers.');
  const local = /^local$/i.test(data);
  const headerSize = Number(fields.get('HeaderSize') ?? 0);
  if (!Number.isSafeInteger(headerSize) || headerSize < -1) {
    throw badImage(where, `has an impossible HeaderSize: ${fields.get('HeaderSize')}`, copy);
  }
  return {
    ...geometryOf(fields, sizes, where),
    type,
    encoding: yes('CompressedData')
      ? 'packed'
      : /^(f|false|0|no)$/i.test(fields.get('BinaryData') ?? '')
        ? 'text'
        : 'raw',
    bigEndian: yes('BinaryDataByteOrderMSB', 'ElementByteOrderMSB'),
    files: local ? null : dataFileNames(data, following, where),
    headerBytes: local ? header.bytes : 0,
    skipLines: 0,
    skipBytes: headerSize,
  };
}

function geometryOf(fields: ReadonlyMap<string, string>, sizes: readonly number[], where: string) {
  const dimension = sizes.length;
  if (dimension < 2 || sizes.slice(3).some((n) => n !== 1)) {
    throw manyAxes(
      sizes.map((size) => ({ size })),
      where,
    );
  }
  const list = (names: readonly string[], fallback: (i: number) => number, length: number) => {
    const name = names.find((one) => fields.has(one));
    const values = name === undefined ? [] : numbersIn(fields.get(name)!);
    if (name !== undefined && values.length < length) {
      throw badImage(where, `has ${values.length} of ${length} numbers in ${name}`, copy);
    }
    return Array.from({ length }, (_, i) => values[i] ?? fallback(i));
  };
  const spacing = list(['ElementSpacing', 'ElementSize'], () => 1, dimension);
  const origin = list(['Offset', 'Position', 'Origin'], () => 0, dimension);
  const identity = (i: number) => (i % dimension === Math.floor(i / dimension) ? 1 : 0);
  const matrix = list(['TransformMatrix', 'Rotation', 'Orientation'], identity, dimension * dimension);
  const own = Math.min(3, dimension);
  // Each row of the file is the direction of an axis.
  const axes = sizes.slice(0, own).map((size, axis) => {
    const along = (world: number) => (world < own ? matrix[axis * dimension + world]! * spacing[axis]! + 0 : 0);
    return { size, step: [along(0), along(1), along(2)] as const };
  });
  const [x = 0, y = 0, z = 0] = origin;
  // Use the spacing as written, not the length of a vector, which may differ in the last digit.
  const [dx = 1, dy = 1, dz = 1] = spacing.slice(0, own).map(Math.abs);
  return { ...placeAxes(axes, [x, y, z], where), spacing: [dz, dy, dx] as const };
}

function numbersIn(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}
