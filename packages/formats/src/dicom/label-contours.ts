/** A closed polygon in one slice: (column, row) of its corners, in pixels from the centre of the first pixel. */
export type Contour = readonly (readonly [column: number, row: number])[];

/** Pixels of one slice, row-major. */
interface LabelSlice {
  readonly data: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/**
 * A contour as numbers of its points, each half way between two neighbouring pixels: twice the index of the left or upper
 * one in a grid with a margin of one pixel on these sides, plus 1 if the other lies below it.
 */
interface Ring {
  points: number[];
}

/**
 * Traces the outlines of one label in a slice, half way between the centres of its pixels and of their neighbours
 * (marching squares): a pixel belongs to the label exactly if its centre lies within a contour. Pixels that touch only at
 * a corner have separate contours. Holes are joined to their surroundings by a channel without width (keyhole), as DICOM
 * asks of closed planar contours; so contours have no holes and do not overlap.
 *
 * A contour covers half a pixel less than its pixels do, and half a pixel more for each hole.
 */
export function labelContours(slice: LabelSlice, label: number): Contour[] {
  const { data, rows, columns } = slice;
  const stride = columns + 1;
  const isLabel = (row: number, column: number) =>
    row >= 0 && column >= 0 && row < rows && column < columns && data[row * columns + column] === label;
  const place = (point: number): [column: number, row: number] => {
    const pixel = point >>> 1;
    const [column, row] = [(pixel % stride) - 1, Math.floor(pixel / stride) - 1];
    return point & 1 ? [column, row + 0.5] : [column + 0.5, row];
  };
  const rings = ringsIn(segmentsIn(slice, label, isLabel));
  const owner = new Map<number, Ring>();
  const own = (ring: Ring, points: readonly number[]) => {
    for (const point of points) owner.set(point, ring);
  };
  // Outlines run clockwise on the screen, holes the other way.
  const outlines = rings.filter(({ points }) => signedArea(points.map(place)) > 0);
  for (const ring of outlines) own(ring, ring.points);
  const holes = rings
    .filter((ring) => !outlines.includes(ring))
    .map(({ points }) => {
      const first = points.reduce((best, point) => (place(point)[0] < place(best)[0] ? point : best));
      return { points, first, left: place(first)[0] };
    });
  for (const { points, first } of holes.sort((a, b) => a.left - b.left)) {
    const [left, row] = place(first);
    let column = left - 0.5;
    while (isLabel(row, column - 1)) column--;
    const target = 2 * ((row + 1) * stride + column);
    const ring = owner.get(target)!;
    const at = points.indexOf(first);
    const around = [...points.slice(at), ...points.slice(0, at), first];
    ring.points.splice(ring.points.indexOf(target) + 1, 0, ...around, target);
    own(ring, points);
  }
  return outlines.map(({ points }) => withoutStraightPoints(points.map(place)));
}

/** Returns the point that follows each point of the contours, with the label on the right. */
function segmentsIn(
  { data, rows, columns }: LabelSlice,
  label: number,
  isLabel: (row: number, column: number) => boolean,
): Map<number, number> {
  const next = new Map<number, number>();
  const stride = columns + 1;
  const box = { top: rows, bottom: -1, left: columns, right: -1 };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (data[row * columns + column] !== label) continue;
      box.top = Math.min(box.top, row);
      box.bottom = row;
      box.left = Math.min(box.left, column);
      box.right = Math.max(box.right, column);
    }
  }
  for (let row = box.top - 1; row <= box.bottom; row++) {
    for (let column = box.left - 1; column <= box.right; column++) {
      // The four pixels of a square, and the points on its sides before each of them, counterclockwise on the screen.
      const pixel = (row + 1) * stride + column + 1;
      const points = [2 * pixel, 2 * pixel + 1, 2 * (pixel + stride), 2 * (pixel + 1) + 1];
      const corners = [
        isLabel(row, column),
        isLabel(row + 1, column),
        isLabel(row + 1, column + 1),
        isLabel(row, column + 1),
      ];
      for (let i = 0; i < 4; i++) {
        if (!corners[i] || corners[(i + 3) % 4]) continue;
        let last = i;
        while (corners[(last + 1) % 4]) last++;
        next.set(points[i]!, points[(last + 1) % 4]!);
      }
    }
  }
  return next;
}

/** Links points to rings; empties `next`. */
function ringsIn(next: Map<number, number>): Ring[] {
  const rings: Ring[] = [];
  for (const [start] of next) {
    const points: number[] = [];
    for (let point: number | undefined = start; point !== undefined; ) {
      const following: number | undefined = next.get(point);
      if (following === undefined) break;
      points.push(point);
      next.delete(point);
      point = following;
    }
    rings.push({ points });
  }
  return rings;
}

function signedArea(contour: Contour): number {
  let sum = 0;
  contour.forEach(([x, y], i) => {
    const [nextX, nextY] = contour[(i + 1) % contour.length]!;
    sum += x * nextY - nextX * y;
  });
  return sum / 2;
}

/** Leaves out the points between two lines in the same direction; none turns back. */
function withoutStraightPoints(contour: Contour): Contour {
  return contour.filter(([x, y], i) => {
    const [beforeX, beforeY] = contour.at(i - 1)!;
    const [afterX, afterY] = contour[(i + 1) % contour.length]!;
    const [ax, ay, bx, by] = [x - beforeX, y - beforeY, afterX - x, afterY - y];
    return ax * by !== ay * bx;
  });
}
