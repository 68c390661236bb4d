import { roundUp } from './layout.ts';

/** How the planes of a weight gradient are mapped to lanes. */
export type LanePlan = BandedLanes | ContinuousLanes;

/** A lane is a band of rows of a plane. Some bands are side by side as additional lanes. */
export interface BandedLanes {
  readonly kind: 'banded';
  /** Rows of the output gradient per band; divides its height. */
  readonly rows: number;
  /** Bands processed by one convolution as additional lanes; divides the number of bands. */
  readonly stacked: number;
}

/**
 * The planes, one below the other with a row of zeros in between, are cut into lanes of equal length wherever that
 * falls: few rows are wasted even if the number of planes is not near a multiple of the block.
 */
export interface ContinuousLanes {
  readonly kind: 'continuous';
  /** Rows of the output gradient per lane. */
  readonly rows: number;
  /** A multiple of the block. */
  readonly lanes: number;
}

/** Size of a filter that stays in the second-level cache while it is reread every few columns. */
const cacheBytes = 640 * 1024;

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}

/**
 * Chooses the cheapest plan. Cutting the planes into bands yields filters that fit the cache, but image rows at the
 * band edges are copied twice. Stacking bands fills the last block of lanes, but costs a copy and a larger sum over the
 * groups. The weights of the estimate (in nanoseconds per image element) are measured with AVX-512 and need not be
 * exact.
 */
export function planLanes(options: {
  block: number;
  /** Depth slices times batch size. */
  planes: number;
  height: number;
  width: number;
  outputs: number;
  inputs: number;
  kernel: readonly [number, number];
  stride: number;
  /** Whether padding lanes to a multiple of 4 is free (`imageBands`). */
  fillsFreely?: boolean;
  /** Whether lanes may be continuous. */
  mayContinue?: boolean;
}): LanePlan {
  const {
    block,
    planes,
    height,
    width,
    outputs,
    inputs,
    kernel,
    stride,
    fillsFreely = false,
    mayContinue = false,
  } = options;
  const compute = (2 * kernel[0] * kernel[1] * 2 * roundUp(outputs, block)) / 450;
  const elements = planes * height * width * inputs;
  const result = kernel[0] * kernel[1] * roundUp(outputs, block) * inputs;
  let best: LanePlan = { kind: 'banded', rows: height, stacked: 1 };
  let least = Number.POSITIVE_INFINITY;
  const cacheFactor = (rows: number) => {
    const filterBytes = rows * width * block * Math.min(roundUp(outputs, block), 4 * block) * 4;
    return filterBytes > cacheBytes ? 1.35 : 1;
  };
  for (const rows of divisors(height)) {
    const bands = height / rows;
    const cache = cacheFactor(rows);
    const halo = ((rows - 1) * stride + kernel[0]) / (rows * stride);
    for (const stacked of divisors(bands)) {
      const fill = roundUp(stacked * planes, block) / (stacked * planes);
      const nodes = (2e5 * bands) / stacked / elements;
      const sums = ((roundUp(stacked * planes, block) / block) * result * 2.5) / elements;
      const filling = fillsFreely || (stacked * planes) % 4 === 0 ? 0 : 0.25;
      const move = 1.4 * halo * (1 + (stacked > 1 ? 0.2 : 0) + filling);
      const cost = compute * fill * cache + move + nodes + sums;
      if (cost < least * 0.999) {
        least = cost;
        best = { kind: 'banded', rows, stacked };
      }
    }
  }
  if (!mayContinue) return best;
  const all = planes * (height + 1) - 1;
  for (let lanes = block; lanes <= all; lanes += block) {
    const rows = Math.ceil(all / lanes);
    const share = (lanes * rows) / (planes * height);
    const halo = (share * (rows - 1 + kernel[0])) / rows;
    const sums = ((lanes / block) * result * 2.5) / elements;
    const cost = compute * share * cacheFactor(rows) + 1.4 * (halo + 0.5) + 2e5 / elements + sums;
    if (cost < least * 0.999) {
      least = cost;
      best = { kind: 'continuous', rows, lanes };
    }
  }
  return best;
}
