import { maskShape } from './volume-shape.ts';

const OUTSIDE = 2;

/**
 * Fills holes in a mask in place: sets zeros that no path of zeros (face neighbours) connects to the border of the
 * array. Besides the mask, it needs a stack of row segments.
 *
 * @param mask 0 and 1, row-major
 * @param shape (z, y, x), or (y, x) for a single slice
 */
export function fillHoles(mask: Uint8Array, shape: readonly number[]): Uint8Array {
  const { nz, ny, nx, flat } = maskShape(shape);
  const flood = new Flood(mask, shape);
  for (let z = 0; z < nz; z++) {
    const zBorder = !flat && (z === 0 || z === nz - 1);
    for (let y = 0; y < ny; y++) {
      const row = (z * ny + y) * nx;
      if (zBorder || y === 0 || y === ny - 1) for (let x = 0; x < nx; x++) flood.from(row + x);
      else {
        flood.from(row);
        flood.from(row + nx - 1);
      }
    }
  }
  for (let i = 0; i < mask.length; i++) mask[i] = mask[i] === OUTSIDE ? 0 : 1;
  return mask;
}

/** Spreads OUTSIDE over zeros, one segment of a row at a time. */
class Flood {
  readonly #mask: Uint8Array;
  readonly #nz: number;
  readonly #ny: number;
  readonly #nx: number;
  #stack = new Int32Array(1024);
  #height = 0;

  constructor(mask: Uint8Array, shape: readonly number[]) {
    const { nz, ny, nx } = maskShape(shape);
    this.#mask = mask;
    this.#nz = nz;
    this.#ny = ny;
    this.#nx = nx;
  }

  from(start: number): void {
    const mask = this.#mask;
    if (mask[start] !== 0) return;
    const nx = this.#nx;
    const plane = this.#ny * nx;
    this.#push(start);
    while (this.#height > 0) {
      const at = this.#stack[--this.#height]!;
      if (mask[at] !== 0) continue;
      const row = at - (at % nx);
      let low = at;
      while (low > row && mask[low - 1] === 0) low--;
      let high = at + 1;
      while (high < row + nx && mask[high] === 0) high++;
      mask.fill(OUTSIDE, low, high);
      const z = Math.floor(row / plane);
      const y = (row - z * plane) / nx;
      if (y > 0) this.#seedRow(low - nx, high - nx);
      if (y < this.#ny - 1) this.#seedRow(low + nx, high + nx);
      if (z > 0) this.#seedRow(low - plane, high - plane);
      if (z < this.#nz - 1) this.#seedRow(low + plane, high + plane);
    }
  }

  /** Adds one seed for each run of zeros in [low, high). */
  #seedRow(low: number, high: number): void {
    const mask = this.#mask;
    let inRun = false;
    for (let i = low; i < high; i++) {
      const zero = mask[i] === 0;
      if (zero && !inRun) this.#push(i);
      inRun = zero;
    }
  }

  #push(at: number): void {
    if (this.#height === this.#stack.length) {
      const longer = new Int32Array(2 * this.#height);
      longer.set(this.#stack);
      this.#stack = longer;
    }
    this.#stack[this.#height++] = at;
  }
}
