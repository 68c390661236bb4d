import { squaredDistancesAt } from './distance-transform.ts';
import type { SurfaceInput } from './surface-distance.ts';

type Triple = [number, number, number];

/**
 * Distances count as within the tolerance up to this share above it, because spacings in files have seven digits: a
 * spacing of 0.8 mm is read as 0.800000012 mm.
 */
const SLACK = 1e-6;

/**
 * Returns the normalised surface distance (NSD), also called surface Dice: the share of both surfaces that lies at most
 * `tolerance` mm from the other one; 0 if one mask is empty, NaN if both are. As defined by Nikolov et al. (2021) and in
 * their program `surface-distance`: the surface consists of one element for each corner of the grid whose eight voxels are
 * not all alike, with the area that marching cubes give it; in images of one slice, of contour elements with a length.
 */
export function surfaceDice(input: SurfaceInput, tolerance: number): number {
  const planar = input.image.includes(1);
  const [size, spacing] = planar ? sliceForm(input) : [input.shape, input.spacing];
  const areas = planar ? contourLengths(spacing) : elementAreas(spacing);
  const corners: Triple = [planar ? 1 : size[0] + 1, size[1] + 1, size[2] + 1];
  const test = cornersOf(input.test, size, corners);
  const reference = cornersOf(input.reference, size, corners);
  const limit = (tolerance * (1 + SLACK)) ** 2;
  const into = new Float64Array(test.surface.length);
  let within = 0;
  let total = 0;
  for (const [own, other] of [[test, reference] as const, [reference, test] as const]) {
    const squared = squaredDistancesAt(own.surface, other.surface, { shape: corners, spacing, into });
    for (let i = 0; i < squared.length; i++) {
      if (own.surface[i] === 0) continue;
      const area = areas[own.codes[i]!]!;
      total += area;
      if (squared[i]! <= limit) within += area;
    }
  }
  return within / total;
}

/** Codes of the corners of a mask, and 1 where there is a surface: where the voxels around a corner are not all alike. */
function cornersOf(mask: Uint8Array, size: readonly number[], corners: Triple) {
  const codes = cornerCodes(mask, size, corners);
  const all = corners[0] === 1 ? 15 : 255;
  const surface = new Uint8Array(codes.length);
  for (let i = 0; i < codes.length; i++) if (codes[i] !== 0 && codes[i] !== all) surface[i] = 1;
  return { codes, surface };
}

/** Size and spacing of an image of one slice as (1, y, x), whichever axis has the one voxel; the order in memory is the same. */
function sliceForm({ image, shape, spacing }: SurfaceInput): [Triple, Triple] {
  const flat = image.indexOf(1);
  const first = (values: readonly number[]) => [values[flat], ...values.filter((_, axis) => axis !== flat)] as Triple;
  return [first(shape), first(spacing)];
}

/**
 * Returns a code for each corner of the voxel grid: a bit for each voxel around it that is set, the lowest bit
 * for the voxel with the highest indices. With one slice of corners, each has the four voxels of a slice around it, else eight.
 */
function cornerCodes(mask: Uint8Array, [nz, ny, nx]: readonly number[], corners: Triple): Uint8Array {
  const codes = new Uint8Array(corners[0] * corners[1] * corners[2]);
  const row = corners[2];
  const plane = corners[0] === 1 ? 0 : corners[1] * row;
  for (let z = 0, i = 0; z < nz!; z++) {
    for (let y = 0; y < ny!; y++) {
      for (let x = 0; x < nx!; x++, i++) {
        if (mask[i] === 0) continue;
        const at = z * plane + y * row + x;
        codes[at]! |= 1;
        codes[at + 1]! |= 2;
        codes[at + row]! |= 4;
        codes[at + row + 1]! |= 8;
        if (plane === 0) continue;
        codes[at + plane]! |= 16;
        codes[at + plane + 1]! |= 32;
        codes[at + plane + row]! |= 64;
        codes[at + plane + row + 1]! |= 128;
      }
    }
  }
  return codes;
}

/** Length in mm of the contour at a corner, by code. */
function contourLengths([, y, x]: readonly number[]): Float64Array {
  const diagonal = Math.hypot(y!, x!) / 2;
  const lengths = new Float64Array(16).fill(diagonal, 1, 15);
  for (const code of [3, 12]) lengths[code] = x!;
  for (const code of [5, 10]) lengths[code] = y!;
  for (const code of [6, 9]) lengths[code] = 2 * diagonal;
  return lengths;
}

/**
 * Normals of the surface elements at a corner, for each kind of corner: absolute components (z, y, x) in eighths of a
 * voxel's faces.
 */
const KINDS = [
  '', '111', '220 220', '202 202', '111 111', '111 222 400', '400 400', '022 022', '040 111 222', '004 111 222',
  '111 111 111', '111 111 222 222', '022 022 111', '111 202 202', '022 111 202 333', '111 220 220', '022 111 220 333',
  '111 111 222 400', '040 040', '111 202 220 333', '040 111 111 222', '220 220 220 220', '004 004', '004 111 111 222',
  '202 202 202 202', '022 022 022 022', '111 111 111 111',
]; // biome-ignore format: a table

/**
 * Kind of each code below 128, counted from a; the others have the surface of their complement. From `lookup_tables.py` of
 * surface-distance (Google, Apache-2.0).
 */
const KIND_OF_CODE =
  'abbcbdefbedfcffgbheiejklemnopqrfbehienmoekjlprqfciisptuiputivppc' +
  'beephjmqeknrilofdjntjwxjnxyntjndekmumxzmk{xkukmefloiqjmhrknepeeb';

/** Area in mm² of the surface at a corner, by code. */
function elementAreas([dz, dy, dx]: readonly [number, number, number]): Float64Array {
  const faces = [dy * dx, dz * dx, dz * dy].map((area) => area / 8);
  const areaOf = (normal: string) => Math.hypot(...faces.map((face, axis) => face * Number(normal[axis])));
  const areas = KINDS.map((normals) =>
    (normals === '' ? [] : normals.split(' ')).reduce((sum, n) => sum + areaOf(n), 0),
  );
  return Float64Array.from({ length: 256 }, (_, code) => {
    const kind = KIND_OF_CODE.charCodeAt(Math.min(code, 255 - code)) - 'a'.charCodeAt(0);
    return areas[kind]!;
  });
}
