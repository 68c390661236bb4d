/** Layers of equal area under exp(−x²/2) (Marsaglia and Tsang: "The ziggurat method", 2000; 256 layers). */
export interface Ziggurat {
  /** Right edge of layer i; x[0] is the width that the base layer would have as a rectangle, x[256] = 0. */
  readonly x: Float64Array;
  /** exp(−x²/2) at x[i]. */
  readonly y: Float64Array;
}

/** Where the tail begins. */
export const TAIL = 3.6541528853610088;

let layers: Ziggurat | undefined;

/** Returns the layers, computed once. */
export function ziggurat(): Ziggurat {
  if (layers) return layers;
  const density = (t: number) => Math.exp(-0.5 * t * t);
  const area = 0.00492867323399;
  const x = new Float64Array(257);
  const y = new Float64Array(257);
  x[0] = area / density(TAIL);
  x[1] = TAIL;
  for (let i = 2; i < 256; i++) x[i] = Math.sqrt(-2 * Math.log(area / x[i - 1]! + density(x[i - 1]!)));
  for (let i = 0; i < 257; i++) y[i] = density(x[i]!);
  layers = { x, y };
  return layers;
}
