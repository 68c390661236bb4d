import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { type BitVolume, bitAt, dilateBits, type ElementRow, erodeBits, packBits } from './bit-volume.ts';

/** An element that reaches further to one side than to the other, along every axis. */
const element: ElementRow[] = [
  { z: 0, y: 0, from: -2, to: 1 },
  { z: 1, y: 0, from: 0, to: 3 },
  { z: 0, y: 1, from: 33, to: 34 },
  { z: -1, y: 2, from: -40, to: -39 },
];
const offsets = element.flatMap(({ z, y, from, to }) =>
  Array.from({ length: to - from + 1 }, (_, i) => [z, y, from + i] as const),
);

it.each([
  [3, 4, 31],
  [3, 4, 32],
  [2, 5, 64],
  [4, 3, 71],
])('grows and shrinks volumes of %i x %i x %i voxels by an element', (n0, n1, n2) => {
  const random = counterRandom(n2, 'bits');
  const values = Float32Array.from({ length: n0 * n1 * n2 }, () => (random.uniform() < 0.04 ? 2 : 0));
  const within = (z: number, y: number, x: number) => z >= 0 && z < n0 && y >= 0 && y < n1 && x >= 0 && x < n2;
  const compare = (found: BitVolume, expected: (z: number, y: number, x: number) => boolean, what: string) => {
    const wrong: string[] = [];
    for (let z = 0; z < n0; z++)
      for (let y = 0; y < n1; y++)
        for (let x = 0; x < n2; x++)
          if (bitAt(found, z * n1 + y, x) !== expected(z, y, x)) wrong.push(`${what} at ${z} ${y} ${x}`);
    expect(wrong).toEqual([]);
  };
  const set = (z: number, y: number, x: number) => values[(z * n1 + y) * n2 + x] !== 0;
  const packed = packBits(values, [n0, n1, n2]);
  compare(packed, set, 'packed');
  const hit = (z: number, y: number, x: number) =>
    offsets.some(([a, b, c]) => within(z - a, y - b, x - c) && set(z - a, y - b, x - c));
  compare(dilateBits(packed, element), hit, 'grown');
  // Nearly full: holes grow.
  const full = packBits(
    values.map((value) => (value === 0 ? 1 : 0)),
    [n0, n1, n2],
  );
  const kept = (z: number, y: number, x: number) =>
    offsets.every(([a, b, c]) => !within(z + a, y + b, x + c) || !set(z + a, y + b, x + c));
  compare(erodeBits(full, element), kept, 'shrunk');
});
