import { roundUp } from './layout.ts';

/** How the planes of a weight gradient become lanes: bands of rows, some of them side by side as further lanes. */
export interface LanePlan {
  /** Rows of the output gradient in a band; divides its height. */
  readonly rows: number;
  /** Bands that one convolution takes as further lanes; divides the number of bands. */
  readonly stacked: number;
}

/** Bytes of a filter that stay in the second-level cache while it is read again for every few columns. */
const cacheBytes = 640 * 1024;

function divisors(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1).filter((d) => n % d === 0);
}

/**
 * The cheapest plan. Cutting the planes into bands makes filters that fit the cache, but image rows at the edges of bands
 * are copied twice; stacking bands fills the last block of lanes, but costs a copy, and a larger sum over the groups. The weights of the estimate (in
 * nanoseconds for an element of the image) come from measurements with AVX-512; they need not be exact.
 */
export function planLanes(options: {
  block: number;
  /** Depth slices times batch. */
  planes: number;
  height: number;
  width: number;
  outputs: number;
  inputs: number;
  kernel: readonly [number, number];
  stride: number;
  /** Whether lanes can be filled to a multiple of 4 for nothing (`imageBands`). */
  fillsFreely?: boolean;
}): LanePlan {
  const { block, planes, height, width, outputs, inputs, kernel, stride, fillsFreely = false } = options;
  const compute = (2 * kernel[0] * kernel[1] * 2 * roundUp(outputs, block)) / 450;
  const elements = planes * height * width * inputs;
  const result = kernel[0] * kernel[1] * roundUp(outputs, block) * inputs;
  let best: LanePlan = { rows: height, stacked: 1 };
  let least = Number.POSITIVE_INFINITY;
  for (const rows of divisors(height)) {
    const bands = height / rows;
    const filterBytes = rows * width * block * Math.min(roundUp(outputs, block), 4 * block) * 4;
    const cache = filterBytes > cacheBytes ? 1.35 : 1;
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
        best = { rows, stacked };
      }
    }
  }
  return best;
}
