import { expect, it } from 'vitest';
import { componentImage, connectedComponents } from './connected-components.ts';
import { ball, close, cross, dilate, erode, open, type StructuringElement } from './dilation.ts';
import { fillHoles } from './fill-holes.ts';
import { nonzeroBox } from './nonzero-box.ts';

const shape = [7, 9, 11];
const voxels = 7 * 9 * 11;

/** A mask with a share of set voxels that depends on `n` alone. */
function noise(n: number, share: number): Uint8Array {
  let state = n * 2654435761 + 1;
  return Uint8Array.from({ length: voxels }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 < share ? 1 : 0;
  });
}

const steps = [-1, 0, 1].flatMap((dz) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dz, dy, dx] as const)));

/** Voxels around each voxel that share a face with it. */
const facing = neighbours(1);
/** Those that share a face, an edge or a corner. */
const touching = neighbours(3);

function neighbours(farthest: number): number[][] {
  const near = steps.filter(([a, b, c]) => (a || b || c) && Math.abs(a) + Math.abs(b) + Math.abs(c) <= farthest);
  return Array.from({ length: voxels }, (_, at) => {
    const [z, y, x] = [Math.floor(at / 99), Math.floor(at / 11) % 9, at % 11];
    return near
      .map(([dz, dy, dx]) => [z + dz, y + dy, x + dx] as const)
      .filter(([z, y, x]) => z >= 0 && z < 7 && y >= 0 && y < 9 && x >= 0 && x < 11)
      .map(([z, y, x]) => z * 99 + y * 11 + x);
  });
}

/** Labels by breadth-first search from each voxel in turn. */
function searchedComponents(mask: Uint8Array, around = facing): Int32Array {
  const labels = new Int32Array(voxels);
  let count = 0;
  for (let i = 0; i < voxels; i++) {
    if (!mask[i] || labels[i]) continue;
    labels[i] = ++count;
    const queue = [i];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const next of around[at]!) {
        if (!mask[next] || labels[next]) continue;
        labels[next] = count;
        queue.push(next);
      }
    }
  }
  return labels;
}

it.each([false, true])('numbers components as a search from each voxel does (diagonal: %s)', (diagonal) => {
  for (let n = 0; n < 20; n++) {
    const mask = noise(n, diagonal ? 0.01 + 0.01 * n : 0.1 + 0.04 * n);
    const expected = searchedComponents(mask, diagonal ? touching : facing);
    const found = connectedComponents(mask, shape, { diagonal });
    expect(componentImage(found, voxels)).toEqual(expected);
    const sizes = new Int32Array(found.count + 1);
    for (const label of expected) if (label > 0) sizes[label]!++;
    expect(found.sizes).toEqual(sizes);
  }
});

it('numbers thousands of components', () => {
  const mask = Uint8Array.from({ length: 9001 }, (_, i) => i % 2);
  const found = connectedComponents(mask, [1, 9001]);
  expect(found.count).toBe(4500);
  expect([...componentImage(found, 9001)]).toEqual([...mask.keys()].map((i) => (i % 2) * ((i + 1) / 2)));
});

it('joins pixels of a slice through edges, not corners', () => {
  const mask = Uint8Array.from([1, 0, 1, 0, 1, 1, 1, 0, 0]);
  expect([...componentImage(connectedComponents(mask, [3, 3]), 9)]).toEqual([1, 0, 2, 0, 2, 2, 3, 0, 0]);
});

it('fills exactly the zeros without a way to the border', () => {
  for (let n = 0; n < 20; n++) {
    const mask = noise(n, 0.4 + 0.02 * n);
    const outside = searchedComponents(mask.map((v) => 1 - v));
    const atBorder = new Set<number>();
    for (let i = 0; i < voxels; i++) if (facing[i]!.length < 6) atBorder.add(outside[i]!);
    const expected = mask.map((v, i) => (v || !atBorder.has(outside[i]!) ? 1 : 0));
    expect(fillHoles(mask.slice(), shape)).toEqual(expected);
  }
});

it('fills a ring of a slice, but nothing in a volume of one slice', () => {
  const ring = Uint8Array.from([1, 1, 1, 1, 0, 1, 1, 1, 1]);
  expect([...fillHoles(ring.slice(), [3, 3])]).toEqual(new Array(9).fill(1));
  expect(fillHoles(ring.slice(), [1, 3, 3])).toEqual(ring);
});

it('fills a wide comb: thousands of ways are open at a time', () => {
  const nx = 6001;
  // A corridor below the upper wall, open at one end of the wall; below it a way down at every second column.
  const mask = new Uint8Array(6 * nx).fill(1);
  mask[100] = 0;
  for (let x = 1; x < nx - 1; x++) mask[nx + x] = 0;
  for (let y = 2; y < 5; y++) for (let x = 1; x < nx - 1; x += 2) mask[y * nx + x] = 0;
  const open = mask.slice();
  // One way is cut: what is below is a hole.
  mask[3 * nx + 501] = 1;
  open[3 * nx + 501] = 1;
  open[4 * nx + 501] = 1;
  expect(fillHoles(mask, [6, nx])).toEqual(open);
});

it('finds the box of what is not zero in any image, NaN included', () => {
  const a = new Float32Array(voxels);
  const b = new Float32Array(voxels);
  expect(nonzeroBox([a, b], shape)).toBeNull();
  a[2 * 99 + 3 * 11 + 4] = -1;
  b[5 * 99 + 1 * 11 + 9] = Number.NaN;
  expect(nonzeroBox([a, b], shape)).toEqual([
    [2, 6],
    [1, 4],
    [4, 10],
  ]);
});

/** Dilation and erosion by their definitions. */
function byDefinition(mask: Uint8Array, element: StructuringElement, erosion: boolean): Uint8Array {
  return mask.map((_, at) => {
    const [z, y, x] = [Math.floor(at / 99), Math.floor(at / 11) % 9, at % 11];
    for (const { dz, dy, low, high } of element.segments) {
      for (let dx = low; dx <= high; dx++) {
        const [a, b, c] = erosion ? [z + dz, y + dy, x + dx] : [z - dz, y - dy, x - dx];
        if (a < 0 || a >= 7 || b < 0 || b >= 9 || c < 0 || c >= 11) continue;
        const set = mask[a * 99 + b * 11 + c];
        if (erosion && !set) return 0;
        if (!erosion && set) return 1;
      }
    }
    return erosion ? 1 : 0;
  });
}

/** Away from its centre: moved by it, most of the mask leaves the volume. */
const aside: StructuringElement = {
  segments: [
    { dz: 0, dy: 0, low: -12, high: -9 },
    { dz: 1, dy: -2, low: 8, high: 13 },
  ],
};

it('dilates and erodes as defined, by odd and even elements, and one that lies to the side', () => {
  for (const element of [cross(), cross(true), ball(1), ball(1.5), ball(2.2), ball(3.6), aside]) {
    const sparse = noise(3, 0.03);
    const dense = noise(4, 0.97);
    expect(dilate(sparse, shape, element)).toEqual(byDefinition(sparse, element, false));
    expect(erode(dense, shape, element)).toEqual(byDefinition(dense, element, true));
    expect(open(dense, shape, element)).toEqual(byDefinition(byDefinition(dense, element, true), element, false));
    expect(close(sparse, shape, element)).toEqual(byDefinition(byDefinition(sparse, element, false), element, true));
  }
});

it('makes balls of 4³ points for radius 1.5, eight of them set', () => {
  const sum = (r: number) => ball(r).segments.reduce((n, { low, high }) => n + high - low + 1, 0);
  expect(sum(1.5)).toBe(8);
  expect(sum(1)).toBe(7);
  expect(sum(2)).toBe(33);
});
