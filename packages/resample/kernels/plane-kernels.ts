/**
 * Loops over planes and rows of float64 in WebAssembly, two values at a time; AssemblyScript, compiled by build.mjs.
 * Addresses and pitches are in bytes, `n` and other counts in elements. Sums are made in the order in which they are
 * written, so that they equal those of plain loops to the last bit.
 */

/** Real pole of the cubic B-spline prefilter. */
const POLE: f64 = sqrt<f64>(3.0) - 2.0;

/** What the first recursion gives for a line that has been 1 for ever. */
const STEADY: f64 = 1.0 / (1.0 - POLE);

/** Sum of the squares of the pole's powers. */
const TAIL: f64 = 1.0 / (1.0 - POLE * POLE);

/** Spline coefficients on each side of a line beyond its samples. */
const MARGIN: usize = 2;

/** Columns filtered together, and rows turned into columns together: few enough for a block to stay in the cache. */
const BLOCK: usize = 32;

/** Keeps values within [low, high]; NaN stays. */
export function clip(at: usize, low: f64, high: f64, n: usize): void {
  const end = at + (n << 3);
  const pairs = at + ((n & ~1) << 3);
  const lows = f64x2.splat(low);
  const highs = f64x2.splat(high);
  for (; at < pairs; at += 16) v128.store(at, f64x2.pmin(f64x2.pmax(v128.load(at), lows), highs));
  if (at < end) {
    const v = load<f64>(at);
    store<f64>(at, v < low ? low : v > high ? high : v);
  }
}

/** Widens the bounds (two values at `bounds`: least, greatest) to hold the values; NaN is passed over. */
export function bound(bounds: usize, at: usize, n: usize): void {
  const end = at + (n << 3);
  const quads = at + ((n & ~3) << 3);
  let least = v128.load64_splat(bounds);
  let greatest = v128.load64_splat(bounds, 8);
  let least2 = least;
  let greatest2 = greatest;
  for (; at < quads; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    least = f64x2.pmin(least, a);
    greatest = f64x2.pmax(greatest, a);
    least2 = f64x2.pmin(least2, b);
    greatest2 = f64x2.pmax(greatest2, b);
  }
  for (; at < end; at += 8) {
    const a = v128.load64_splat(at);
    least = f64x2.pmin(least, a);
    greatest = f64x2.pmax(greatest, a);
  }
  least = f64x2.pmin(least, least2);
  greatest = f64x2.pmax(greatest, greatest2);
  least = f64x2.pmin(least, v128.shuffle<f64>(least, least, 1, 0));
  greatest = f64x2.pmax(greatest, v128.shuffle<f64>(greatest, greatest, 1, 0));
  v128.store64_lane(bounds, least, 0);
  v128.store64_lane(bounds, greatest, 0, 8);
}

/** First recursion at the end where it starts: a line is constant from there on. */
export function foldEnd(to: usize, samples: usize, n: usize): void {
  for (const end = to + (n << 3); to < end; to += 8, samples += 8) store<f64>(to, load<f64>(samples) * STEADY);
}

/** First recursion, towards the start of a line: to = samples + z · after. */
export function fold(to: usize, samples: usize, after: usize, n: usize): void {
  const end = to + (n << 3);
  const pairs = to + ((n & ~1) << 3);
  const z = f64x2.splat(POLE);
  for (; to < pairs; to += 16, samples += 16, after += 16) {
    v128.store(to, f64x2.add(v128.load(samples), f64x2.mul(z, v128.load(after))));
  }
  if (to < end) store<f64>(to, load<f64>(samples) + POLE * load<f64>(after));
}

/**
 * Second recursion at the start of a line: from the folded values at `row` + 2 · pitch, the coefficients there and
 * MARGIN before it. The line was constant before: closed forms of the geometric series.
 */
export function unfoldStart(row: usize, pitch: usize, samples: usize, n: usize): void {
  for (const end = row + (n << 3); row < end; row += 8, samples += 8) {
    // what the steady state of the constant extension would be
    const steady = load<f64>(samples) * STEADY;
    const transient = (load<f64>(row + 2 * pitch) - steady) * TAIL * POLE;
    const constant = -POLE * STEADY * steady;
    store<f64>(row + 2 * pitch, constant - transient);
    store<f64>(row + pitch, constant - POLE * transient);
    store<f64>(row, constant - POLE * POLE * transient);
  }
}

/** Second recursion, towards the end of a line: row = z · (before − row). */
export function unfold(row: usize, before: usize, n: usize): void {
  const end = row + (n << 3);
  const pairs = row + ((n & ~1) << 3);
  const z = f64x2.splat(POLE);
  for (; row < pairs; row += 16, before += 16) {
    v128.store(row, f64x2.mul(z, f64x2.sub(v128.load(before), v128.load(row))));
  }
  if (row < end) store<f64>(row, POLE * (load<f64>(before) - load<f64>(row)));
}

/** Weighted sum of two rows; `weights` is the address of the two. */
export function mixTwo(to: usize, a: usize, b: usize, weights: usize, n: usize): void {
  const end = to + (n << 3);
  const pairs = to + ((n & ~1) << 3);
  const wa = v128.load64_splat(weights);
  const wb = v128.load64_splat(weights, 8);
  for (; to < pairs; to += 16, a += 16, b += 16) {
    v128.store(to, f64x2.add(f64x2.mul(wa, v128.load(a)), f64x2.mul(wb, v128.load(b))));
  }
  if (to < end) store<f64>(to, load<f64>(weights) * load<f64>(a) + load<f64>(weights, 8) * load<f64>(b));
}

/** Weighted sum of four rows. */
export function mixFour(to: usize, a: usize, b: usize, c: usize, d: usize, weights: usize, n: usize): void {
  const end = to + (n << 3);
  const pairs = to + ((n & ~1) << 3);
  const wa = v128.load64_splat(weights);
  const wb = v128.load64_splat(weights, 8);
  const wc = v128.load64_splat(weights, 16);
  const wd = v128.load64_splat(weights, 24);
  for (; to < pairs; to += 16, a += 16, b += 16, c += 16, d += 16) {
    const first = f64x2.add(f64x2.mul(wa, v128.load(a)), f64x2.mul(wb, v128.load(b)));
    v128.store(to, f64x2.add(f64x2.add(first, f64x2.mul(wc, v128.load(c))), f64x2.mul(wd, v128.load(d))));
  }
  if (to < end) {
    const first = load<f64>(weights) * load<f64>(a) + load<f64>(weights, 8) * load<f64>(b);
    store<f64>(to, first + load<f64>(weights, 16) * load<f64>(c) + load<f64>(weights, 24) * load<f64>(d));
  }
}

/**
 * Resizes the first axis of a plane, (inputs, width) → (outputs, width).
 * @param axis address of five words: inputs, outputs, taps, addresses of index (int32) and weights (float64)
 * @param scratch room for (inputs + 2 · MARGIN) · BLOCK values
 */
export function resizeColumns(to: usize, from: usize, width: usize, axis: usize, scratch: usize): void {
  const outputs: usize = load<u32>(axis, 4);
  const taps: usize = load<u32>(axis, 8);
  let index: usize = load<u32>(axis, 12);
  let weights: usize = load<u32>(axis, 16);
  const pitch = width << 3;
  if (taps === 4) {
    for (let start: usize = 0; start < width; start += BLOCK) {
      const count = min(BLOCK, width - start);
      resizeSplines(to + (start << 3), from + (start << 3), pitch, count, axis, scratch);
    }
    return;
  }
  for (let k: usize = 0; k < outputs; k++, to += pitch, index += taps << 2, weights += taps << 3) {
    const a = from + <usize>load<u32>(index) * pitch;
    if (taps === 1) memory.copy(to, a, pitch);
    else mixTwo(to, a, from + <usize>load<u32>(index, 4) * pitch, weights, width);
  }
}

function resizeSplines(to: usize, from: usize, pitch: usize, n: usize, axis: usize, scratch: usize): void {
  const inputs: usize = load<u32>(axis);
  const outputs: usize = load<u32>(axis, 4);
  let index: usize = load<u32>(axis, 12);
  let weights: usize = load<u32>(axis, 16);
  const row = n << 3;
  const first = scratch + MARGIN * row;
  const last = first + (inputs - 1) * row;
  let sample = from + (inputs - 1) * pitch;
  for (let at = last; at <= last + MARGIN * row; at += row) foldEnd(at, sample, n);
  for (let at = last; at > first; at -= row) {
    sample -= pitch;
    fold(at - row, sample, at, n);
  }
  unfoldStart(scratch, row, from, n);
  for (let at = first; at < last + MARGIN * row; at += row) unfold(at + row, at, n);
  for (let k: usize = 0; k < outputs; k++, to += pitch, index += 16, weights += 32) {
    const a = scratch + <usize>load<u32>(index) * row;
    mixFour(to, a, a + row, a + 2 * row, a + 3 * row, weights, n);
  }
}

/**
 * Resizes the second axis of a plane, (rows, inputs) → (rows, outputs); blocks of rows are turned into columns.
 * @param scratch room for (2 · inputs + outputs + 2 · MARGIN) · BLOCK values
 */
export function resizeRows(to: usize, from: usize, rows: usize, axis: usize, scratch: usize): void {
  const inputs: usize = load<u32>(axis);
  const outputs: usize = load<u32>(axis, 4);
  const resized = scratch + ((inputs * BLOCK) << 3);
  const rest = resized + ((outputs * BLOCK) << 3);
  for (let r: usize = 0; r < rows; r += BLOCK) {
    const count = min(BLOCK, rows - r);
    transpose(scratch, from + ((r * inputs) << 3), count, inputs);
    resizeColumns(resized, scratch, count, axis, rest);
    transpose(to + ((r * outputs) << 3), resized, outputs, count);
  }
}

/** (rows, columns) → (columns, rows) */
function transpose(to: usize, from: usize, rows: usize, columns: usize): void {
  const toPitch = rows << 3;
  const fromPitch = columns << 3;
  for (let r: usize = 0; r < rows; r += 2) {
    let source = from + r * fromPitch;
    let target = to + (r << 3);
    const end = source + fromPitch;
    if (r + 1 < rows) {
      for (const pairs = source + ((columns & ~1) << 3); source < pairs; source += 16, target += 2 * toPitch) {
        const a = v128.load(source);
        const b = v128.load(source + fromPitch);
        v128.store(target, v128.shuffle<f64>(a, b, 0, 2));
        v128.store(target + toPitch, v128.shuffle<f64>(a, b, 1, 3));
      }
      if (source < end) {
        store<f64>(target, load<f64>(source));
        store<f64>(target, load<f64>(source + fromPitch), 8);
      }
    } else for (; source < end; source += 8, target += toPitch) store<f64>(target, load<f64>(source));
  }
}
