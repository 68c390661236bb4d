import type { Box } from '@nnunet/morphology';
import type { LabelNumbers } from './confusion.ts';

/**
 * Returns the smallest box around each value that occurs in at least one of the label maps, by value.
 *
 * @param shape (z, y, x), of all maps
 */
export function labelBoxes(maps: readonly LabelNumbers[], [nz, ny, nx]: readonly [number, number, number]) {
  const boxes = new Map<number, Box>();
  for (const map of maps) {
    for (let z = 0, row = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++, row += nx) {
        for (let x = 0; x < nx; ) {
          const value = map[row + x]!;
          const start = x;
          while (x < nx && map[row + x] === value) x++;
          // NaN, which differs from itself, is no label.
          if (x === start) x++;
          else extend(boxes, value, [z, y, start, x]);
        }
      }
    }
  }
  return boxes;
}

function extend(boxes: Map<number, Box>, value: number, [z, y, start, end]: [number, number, number, number]): void {
  const box = boxes.get(value);
  if (box === undefined) {
    boxes.set(value, [[z, z + 1], [y, y + 1], [start, end]]); // biome-ignore format: a row
    return;
  }
  const [bz, by, bx] = box;
  bz[0] = Math.min(bz[0], z);
  bz[1] = Math.max(bz[1], z + 1);
  by[0] = Math.min(by[0], y);
  by[1] = Math.max(by[1], y + 1);
  bx[0] = Math.min(bx[0], start);
  bx[1] = Math.max(bx[1], end);
}
