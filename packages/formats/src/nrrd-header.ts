import type { Triple } from '@nnunet/volume';
import type { StoredType } from '@nnunet/volume/internal';
import { badImage } from './bad-image.ts';
import { dataFileNames } from './data-files.ts';
import { MAX_FIELD, manyAxes, manyValues, placeAxes, type RawLayout } from './raw-layout.ts';

const TYPES: Readonly<Record<string, StoredType>> = Object.fromEntries(
  (
    [
      ['int8', 'signed char', 'int8', 'int8_t'],
      ['uint8', 'uchar', 'unsigned char', 'uint8', 'uint8_t'],
      ['int16', 'short', 'short int', 'signed short', 'signed short int', 'int16', 'int16_t'],
      ['uint16', 'ushort', 'unsigned short', 'unsigned short int', 'uint16', 'uint16_t'],
      ['int32', 'int', 'signed int', 'int32', 'int32_t'],
      ['uint32', 'uint', 'unsigned int', 'uint32', 'uint32_t'],
      [
        'int64',
        'longlong',
        'long long',
        'long long int',
        'signed long long',
        'signed long long int',
        'int64',
        'int64_t',
      ],
      ['uint64', 'ulonglong', 'unsigned long long', 'unsigned long long int', 'uint64', 'uint64_t'],
      ['float32', 'float'],
      ['float64', 'double'],
    ] as [StoredType, ...string[]][]
  ).flatMap(([type, ...names]) => names.map((name) => [name, type])),
);

const ENCODINGS: Readonly<Record<string, RawLayout['encoding']>> = {
  raw: 'raw',
  gzip: 'packed',
  gz: 'packed',
  ascii: 'text',
  txt: 'text',
  text: 'text',
  hex: 'hex',
};

/** Signs that convert the axes of a space to LPS. Spaces without named directions are taken as LPS, as in ITK. */
const SPACES: Readonly<Record<string, Triple>> = {
  'right-anterior-superior': [-1, -1, 1],
  ras: [-1, -1, 1],
  'left-anterior-superior': [1, -1, 1],
  las: [1, -1, 1],
  'left-posterior-superior': [1, 1, 1],
  lps: [1, 1, 1],
  'scanner-xyz': [1, 1, 1],
  '3d-right-handed': [1, 1, 1],
  '3d-left-handed': [1, 1, 1],
};

const UNITS: Readonly<Record<string, number>> = { mm: 1, um: 1e-3, µm: 1e-3, nm: 1e-6, cm: 10, m: 1000 };

/** Kinds of spatial axes. */
const SPATIAL = new Set(['', 'domain', 'space', '???', 'none']);

/**
 * Parses an NRRD header: the text before the first empty line, or a whole .nhdr file.
 *
 * @throws NnUNetError 'bad-image', also for colours, vectors, more than three axes, bzip2
 */
export function parseNrrdHeader(header: { text: string; bytes: number }, where: string): RawLayout {
  const lines = header.text.split(/\r?\n/);
  if (!/^NRRD\d{4}/.test(lines[0] ?? '')) throw damaged(where);
  const fields = new Map<string, string>();
  let following: string[] = [];
  lines.slice(1).forEach((line, i) => {
    const [, key, value] = /^([^#:][^:]*?):\s+?(.*)$/.exec(`${line} `) ?? [];
    if (key === undefined || value === undefined || line.length > MAX_FIELD) return;
    const name = key.trim().toLowerCase().replace(/\s+/g, '');
    if (!fields.has(name)) fields.set(name, value.trim());
    if (name === 'datafile') following = lines.slice(i + 2);
  });
  const need = (name: string, spoken = name) => {
    const value = fields.get(name);
    if (value === undefined)
      throw badImage(where, `is damaged, cut off or not an NRRD file: it has no ${spoken}`, copy);
    return value;
  };
  const dimension = Number(need('dimension'));
  const sizes = numbersIn(need('sizes'));
  if (sizes.length !== dimension) throw badImage(where, `has ${dimension} axes and sizes of ${sizes.length}`, copy);
  const spoken = need('type').toLowerCase();
  const type = TYPES[spoken];
  if (type === undefined) throw badImage(where, `has voxels of the type "${spoken}"`, 'Store numbers.');
  const encoding = ENCODINGS[need('encoding').toLowerCase()];
  if (encoding === undefined) {
    const remedy = 'Store it with gzip encoding, for example with unu save -f nrrd -e gzip, or export it again.';
    throw badImage(where, `has an unsupported encoding: ${need('encoding')}`, remedy);
  }
  const endian = fields.get('endian')?.toLowerCase();
  const data = fields.get('datafile');
  return {
    ...geometryOf(fields, sizes, where),
    type,
    encoding,
    bigEndian: endian === 'big',
    files: data === undefined ? null : dataFileNames(data, following, where),
    headerBytes: data === undefined ? header.bytes : 0,
    skipLines: count(fields.get('lineskip'), where),
    skipBytes: fields.get('byteskip') === '-1' ? -1 : count(fields.get('byteskip'), where),
  };
}

function geometryOf(fields: ReadonlyMap<string, string>, sizes: readonly number[], where: string) {
  const kinds = words(fields.get('kinds'), sizes.length);
  const directions = vectorsIn(fields.get('spacedirections'), where);
  if (directions !== null && directions.length !== sizes.length) throw damaged(where);
  const axes = sizes.map((size, index) => {
    const kind = kinds[index]!;
    const spatial = directions === null ? SPATIAL.has(kind.toLowerCase()) : directions[index] !== null;
    return { size, index, kind, spatial };
  });
  // A channel axis of length 1 is dropped: one number per voxel.
  for (const { spatial, size, kind } of axes) {
    if (spatial || size === 1) continue;
    if (axes.filter((axis) => axis.spatial).length > 3) throw manyAxes(axes, where);
    throw /^(time|\?*|domain|space|none)$/i.test(kind)
      ? manyAxes(axes, where)
      : manyValues(size, kindInWords(kind), where);
  }
  let own = axes.filter(({ spatial }) => spatial);
  if (own.length > 3) own = own.filter(({ size }, i) => i < 3 || size > 1);
  if (own.length > 3 || own.length < 2) throw manyAxes(axes, where);
  if (directions !== null) return placed(fields, own, directions, where);

  const spacings = numbersIn(fields.get('spacings') ?? '');
  const [mins, maxs] = [numbersIn(fields.get('axismins') ?? ''), numbersIn(fields.get('axismaxs') ?? '')];
  const centers = words(fields.get('centers') ?? fields.get('centerings'), sizes.length);
  const along = own.map(({ index, size }) => {
    const cell = centers[index]!.toLowerCase() !== 'node';
    const between = cell ? size : Math.max(1, size - 1);
    const given = Math.abs(spacings[index] ?? Number.NaN);
    const range = Math.abs((maxs[index] ?? Number.NaN) - (mins[index] ?? Number.NaN)) / between;
    const mm = Number.isNaN(given) ? (Number.isNaN(range) ? 1 : range) : given;
    return { size, mm, first: (mins[index] ?? Number.NaN) + (cell ? mm / 2 : 0) };
  });
  const known = along.every(({ first }) => Number.isFinite(first));
  const [x = 0, y = 0, z = 0] = known ? along.map(({ first }) => first) : [];
  const placedAxes = along.map(({ mm, size }, axis) => {
    const step = [axis === 0 ? mm : 0, axis === 1 ? mm : 0, axis === 2 ? mm : 0] as const;
    return { size, step };
  });
  return placeAxes(placedAxes, [x, y, z], where);
}

function placed(
  fields: ReadonlyMap<string, string>,
  axes: readonly { size: number; index: number }[],
  directions: readonly (number[] | null)[],
  where: string,
) {
  const space = fields
    .get('space')
    ?.toLowerCase()
    .replace(/-time$/, '')
    .replace(/^(ras|las|lps)t$/, '$1');
  const signs = space === undefined ? [1, 1, 1] : SPACES[space];
  if (signs === undefined) {
    throw badImage(where, `has an unknown space: ${fields.get('space')}`, 'Store it in LPS or RAS.');
  }
  const units = words(fields.get('spaceunits'), 3).map((unit) => unit.replace(/"/g, ''));
  const scale = units.map((unit) => UNITS[unit] ?? 1);
  const [ux = 1, uy = 1, uz = 1] = scale;
  const turned = ([x = 0, y = 0, z = 0]: readonly number[]): Triple => [
    x * signs[0] * ux + 0,
    y * signs[1] * uy + 0,
    z * signs[2] * uz + 0,
  ];
  const [origin = [0, 0, 0]] = vectorsIn(fields.get('spaceorigin'), where) ?? [];
  return placeAxes(
    axes.map(({ size, index }) => ({ size, step: turned(directions[index]!) })),
    turned(origin ?? [0, 0, 0]),
    where,
  );
}

const copy = 'Copy or export it again.';

function damaged(where: string) {
  return badImage(where, 'cannot be read: it is damaged, cut off or not what its name says', copy);
}

function kindInWords(kind: string): string {
  return /colou?r/i.test(kind) ? 'colours' : kind;
}

function count(value: string | undefined, where: string): number {
  const n = Number(value ?? 0);
  if (Number.isSafeInteger(n) && n >= 0) return n;
  throw badImage(where, `skips an impossible number of bytes or lines: ${value}`, copy);
}

function numbersIn(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

/** One word per axis, including its quotes; '' if missing. */
function words(text: string | undefined, length: number): string[] {
  const found = text?.match(/"[^"]*"|\S+/g) ?? [];
  return Array.from({ length }, (_, i) => found[i] ?? '');
}

/** Parses `(1,0,0) none (0,0,1)`; null for none. */
function vectorsIn(text: string | undefined, where: string): (number[] | null)[] | null {
  if (text === undefined) return null;
  const parts = text.match(/\([^)]*\)|\S+/g) ?? [];
  return parts.map((part) => {
    if (/^none$/i.test(part)) return null;
    const numbers = part.replace(/[()]/g, '').split(',').map(Number);
    if (!part.startsWith('(') || numbers.length > 4 || numbers.some((n) => Number.isNaN(n))) throw damaged(where);
    return numbers;
  });
}
