import { readFileBytes } from '@nnunet/tensor/node/internal';
import type { Volume } from '@nnunet/volume';
import { type StoredType, widthOf } from '@nnunet/volume/internal';
import { badImage } from '../bad-image.ts';
import { manyAxes } from '../raw-layout.ts';
import { DEFAULT_GEOMETRY } from '../spacing-file.ts';
import { voxelsOf } from '../stored-voxels.ts';

const HEADER = 256;
const MAGIC = [0xefffe9b0, 0x2ae389b8];
/** Offsets in the header: sizes and spacings are (x, y, z, t). */
const AT = { sizes: 0, type: 8, spacing: 10, origin: 204, magic: 252 } as const;
const TYPES: Readonly<Record<number, StoredType>> = {
  7: 'int8',
  8: 'uint8',
  15: 'int16',
  16: 'uint16',
  31: 'uint32',
  32: 'int32',
  64: 'float32',
  65: 'float64',
};

/**
 * Reads a GIPL file, big endian, uncompressed. The format has no direction.
 *
 * @throws NnUNetError 'bad-image', 'missing-file'
 */
export async function readGipl(path: string): Promise<Volume<ReturnType<typeof voxelsOf>>> {
  const bytes = await readFileBytes(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER || !MAGIC.includes(view.getUint32(AT.magic)))
    throw broken(path, 'it has no header of GIPL');
  const sizes = [0, 1, 2, 3].map((axis) => Math.max(1, view.getUint16(AT.sizes + 2 * axis)));
  const [x, y, z, times] = sizes as [number, number, number, number];
  if (times > 1) throw manyAxes(sizes.map((size) => ({ size })), path); // biome-ignore format: a line
  const type = TYPES[view.getUint16(AT.type)];
  if (type === undefined) {
    const what = `has numbers of a kind that is not supported (${view.getUint16(AT.type)})`;
    throw badImage(path, what, 'Convert it to NIfTI.');
  }
  const length = x * y * z * widthOf(type);
  if (bytes.length < HEADER + length)
    throw broken(path, `${length} bytes of voxels expected, ${bytes.length - HEADER} found`);
  const spacing = [2, 1, 0].map((axis) => view.getFloat32(AT.spacing + 4 * axis)) as [number, number, number];
  const origin = [0, 1, 2].map((axis) => view.getFloat64(AT.origin + 8 * axis)) as [number, number, number];
  if (!spacing.every((mm) => mm > 0) || ![...spacing, ...origin].every(Number.isFinite))
    throw badImage(path, `has an impossible spacing or position (${spacing.join(', ')})`, 'Correct its header.');
  const data = voxelsOf(bytes.slice(HEADER, HEADER + length), type, true);
  return { ...DEFAULT_GEOMETRY, spacing, origin, shape: [z, y, x], data };
}

function broken(path: string, what: string) {
  const remedy = 'Copy or export it again.';
  return badImage(path, `is damaged, cut off or not what its name says: ${what}`, remedy);
}
