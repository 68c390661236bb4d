import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Contour, labelContours } from './label-contours.ts';

/** Rows of text; '#' is the label. */
const contours = (...rows: string[]) =>
  labelContours(
    {
      data: [...rows.join('')].map((c) => (c === '#' ? 3 : c === '+' ? 1 : 0)),
      rows: rows.length,
      columns: rows[0]!.length,
    },
    3,
  );

/** Twice the signed area; positive if it runs clockwise on the screen. */
const twiceArea = (contour: Contour) =>
  contour.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = contour[(i + 1) % contour.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);

/** Whether a line to the right crosses the contours an odd number of times. */
const isWithin = (all: readonly Contour[], x: number, y: number) =>
  all.reduce((within, contour) => {
    contour.forEach(([ax, ay], i) => {
      const [bx, by] = contour[(i + 1) % contour.length]!;
      if (ay > y !== by > y && x < ax + ((y - ay) * (bx - ax)) / (by - ay)) within = !within;
    });
    return within;
  }, false);

it('runs around a pixel, a block and an L half way to the neighbours', () => {
  expect(contours('...', '.#.').map(sorted)).toEqual([[[0.5, 1], [1, 0.5], [1, 1.5], [1.5, 1]]]); // biome-ignore format: a contour
  // Without points on straight lines.
  expect(contours('###', '###').map(sorted)).toEqual([
    [[-0.5, 0], [-0.5, 1], [0, -0.5], [0, 1.5], [2, -0.5], [2, 1.5], [2.5, 0], [2.5, 1]], // biome-ignore format: a contour
  ]);
  expect(contours('#.', '##').map(sorted)).toEqual([
    [[-0.5, 0], [-0.5, 1], [0, -0.5], [0, 1.5], [1, 1.5], [1.5, 1]], // biome-ignore format: a contour
  ]);
});

const sorted = (contour: Contour) => [...contour].sort(([ax, ay], [bx, by]) => ax - bx || ay - by);

it('separates pixels that touch at a corner, and other labels', () => {
  expect(contours('#.', '.#')).toHaveLength(2);
  expect(contours('.#', '#.')).toHaveLength(2);
  expect(contours('#+#')).toHaveLength(2);
  expect(contours('++', '..')).toEqual([]);
});

it('joins a hole to its surroundings, and leaves an island in it alone', () => {
  const [ring, ...none] = contours('####', '#..#', '####');
  expect(none).toEqual([]);
  // 10 pixels, half a pixel less outside, half a pixel more inside.
  expect(twiceArea(ring!)).toBe(2 * 10);
  // There and back between the left side and the hole.
  expect(ring!.filter(([x, y]) => x === 0.5 && y === 1)).toHaveLength(2);
  expect(ring!.filter(([x, y]) => x === -0.5 && y === 1)).toHaveLength(2);
  const island = contours('#####', '#...#', '#.#.#', '#...#', '#####');
  expect(island.map(twiceArea).sort((a, b) => a - b)).toEqual([1, 2 * 16]);
});

it('joins holes behind each other one after the other', () => {
  const joined = contours('#######', '#.#.#.#', '#######');
  expect(joined.map(twiceArea)).toEqual([2 * (18 - 0.5 + 1.5)]);
});

it('holds the centres of the pixels of the label, and no others, whatever their form', () => {
  const form = fc.record({
    columns: fc.integer({ min: 1, max: 9 }),
    pixels: fc.array(fc.boolean(), { minLength: 1, maxLength: 80 }),
  });
  fc.assert(
    fc.property(form, ({ columns, pixels }) => {
      const rows = Math.ceil(pixels.length / columns);
      const data = Array.from({ length: rows * columns }, (_, i) => (pixels[i] ? 2 : 0));
      const all = labelContours({ data, rows, columns }, 2);
      for (let row = -1; row <= rows; row++) {
        for (let column = -1; column <= columns; column++) {
          const inside =
            row >= 0 && row < rows && column >= 0 && column < columns && data[row * columns + column] === 2;
          expect(isWithin(all, column, row)).toBe(inside);
        }
      }
      for (const contour of all) {
        expect(twiceArea(contour)).toBeGreaterThan(0);
        // Of the channels, every line is one that runs back too.
        expect(new Set(contour.map(String)).size).toBeGreaterThan(2);
      }
    }),
    { numRuns: 200 },
  );
});
