import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface NiftiFile {
  /** (x, y, z) or (x, y, z, t) */
  size: number[];
  /** Voxels, x fastest. */
  voxels: ArrayLike<number>;
  type?: 'uint8' | 'int16' | 'float32';
  spacing?: [number, number, number];
  origin?: [number, number, number];
  /** Signs of the axes in the RAS world. */
  signs?: [number, number, number];
  /** Rows of the sform, in place of spacing, origin and signs. */
  srow?: number[][];
}

const TYPES = { uint8: [2, Uint8Array], int16: [4, Int16Array], float32: [16, Float32Array] } as const;

/** Bytes of an uncompressed NIfTI-1 file, little endian, with an sform. */
export function niftiBytes(file: NiftiFile): Buffer {
  const { size, type = 'float32', spacing = [1, 1, 1], origin = [0, 0, 0], signs = [1, 1, 1], srow } = file;
  const [code, ArrayType] = TYPES[type];
  const header = Buffer.alloc(352);
  header.writeInt32LE(348, 0);
  [size.length, ...size].forEach((n, i) => {
    header.writeInt16LE(n, 40 + 2 * i);
  });
  for (let i = size.length + 1; i < 8; i++) header.writeInt16LE(1, 40 + 2 * i);
  header.writeInt16LE(code, 70);
  header.writeInt16LE(8 * ArrayType.BYTES_PER_ELEMENT, 72);
  [1, ...spacing, 1].forEach((mm, i) => {
    header.writeFloatLE(mm, 76 + 4 * i);
  });
  header.writeFloatLE(352, 108);
  header.writeFloatLE(1, 112);
  header.writeInt16LE(1, 254);
  for (let row = 0; row < 3; row++) {
    header.writeFloatLE(signs[row]! * spacing[row]!, 280 + 16 * row + 4 * row);
    header.writeFloatLE(origin[row]!, 280 + 16 * row + 12);
    srow?.[row]?.forEach((value, column) => {
      header.writeFloatLE(value, 280 + 16 * row + 4 * column);
    });
  }
  header.write('n+1\0', 344, 'latin1');
  const voxels = ArrayType.from(file.voxels);
  return Buffer.concat([header, Buffer.from(voxels.buffer)]);
}

/** Writes a .nii.gz file, with its folders. */
export function writeNiftiFile(path: string, file: NiftiFile): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, gzipSync(niftiBytes(file), { level: 1 }));
}
