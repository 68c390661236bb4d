import type { TypedArray } from '@nnunet/tensor';
import { dtypeOf } from '@nnunet/tensor/internal';
import type { Geometry, Volume } from '@nnunet/volume';
import { straightAxes } from '@nnunet/volume/internal';
import { badImage } from './bad-image.ts';
import { skewed } from './raw-layout.ts';

/**
 * The fields of itk-wasm's Image that are used. `size`, `spacing` and `origin` are (x, y, z), directions row-major, all
 * in ITK's LPS.
 */
export interface ItkImage {
  imageType: { dimension: number; componentType: string; pixelType: string; components: number };
  name: string;
  origin: number[];
  spacing: number[];
  direction: ArrayLike<number>;
  size: number[];
  metadata: Map<string, unknown>;
  data: TypedArray | BigUint64Array | null;
}

/**
 * Converts an itk-wasm image to a volume, with voxels in their stored type. A 2D image becomes one slice, 1 mm thick.
 * The voxels are copied to their own memory; uint64 becomes float64, because no tensor type holds it.
 *
 * @throws NnUNetError 'bad-image' for colours, vectors, more than three axes, skewed axes, impossible spacings
 */
export function volumeFromItk(image: ItkImage, where: string): Volume<TypedArray> {
  const { imageType, data } = image;
  const perChannel = 'Store one number per voxel, one file per channel.';
  if (imageType.components !== 1) {
    const kind = /^RGB/i.test(imageType.pixelType) ? 'colours' : imageType.pixelType;
    throw badImage(where, `has ${imageType.components} numbers per voxel (${kind})`, perChannel);
  }
  const dimension = image.size.length;
  if (dimension < 2 || image.size.slice(3).some((n) => n > 1)) {
    throw badImage(where, `has ${dimension} axes: ${image.size.join(' x ')}`, perChannel);
  }
  const [nx = 1, ny = 1, nz = 1] = image.size;
  const shape = [nz, ny, nx] as const;
  const geometry = geometryFromItk(image, where);
  if (data === null || data.length !== nz * ny * nx) {
    throw badImage(where, `holds ${data?.length ?? 0} voxels instead of ${shape.join(' x ')}`, 'Copy it again.');
  }
  return { ...geometry, shape, data: ownMemory(data) };
}

/** Geometry of an itk-wasm image. Errors as in {@link volumeFromItk}. */
function geometryFromItk({ size, spacing, origin, direction }: ItkImage, where: string): Geometry {
  const dimension = size.length;
  const axes = [0, 1, 2];
  // A slice lies in a 2D world; its third axis is the world's.
  const at = (row: number, axis: number) =>
    row < dimension && axis < dimension ? direction[row * dimension + axis]! : row === axis ? 1 : 0;
  const cosines = axes.flatMap((row) => axes.map((axis) => at(row, axis)));
  const [dx = 1, dy = 1, dz = 1] = spacing;
  const [x = 0, y = 0, z = 0] = origin;
  const steps = [dx, dy, dz];
  if (!steps.every((mm) => Number.isFinite(mm) && mm > 0)) {
    throw badImage(where, `has an impossible spacing (${steps.join(', ')})`, 'Correct its header.');
  }
  if (![...cosines, x, y, z].every(Number.isFinite)) {
    throw badImage(where, 'has an impossible position', 'Correct its header.');
  }
  const straight = straightAxes(cosines);
  if (straight === null) throw skewed(where);
  return { spacing: [dz, dy, dx], origin: [x, y, z], ...straight };
}

/** Copies out of shared memory, which itk-wasm uses but neither zlib nor structured clones accept. */
function ownMemory(data: TypedArray | BigUint64Array): TypedArray {
  if (data instanceof BigUint64Array) return Float64Array.from(data, Number);
  return data.slice();
}

/** Converts a volume to the input of itk-wasm's writers. */
export function itkFromVolume({ data, shape, spacing, origin, direction }: Volume<TypedArray>): ItkImage {
  return {
    imageType: { dimension: 3, componentType: dtypeOf(data), pixelType: 'Scalar', components: 1 },
    name: 'Image',
    origin: [...origin],
    spacing: [spacing[2], spacing[1], spacing[0]],
    direction: Float64Array.from(direction),
    size: [shape[2], shape[1], shape[0]],
    metadata: new Map(),
    // The writers copy the whole buffer behind an array.
    data: data.slice(),
  };
}
