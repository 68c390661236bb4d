import type { LoweringContext } from '../lowering.ts';

/** Number of quadrature points: sufficient for double precision up to where erf is 1. */
const points = 32;
/** erf(6) differs from 1 by 2e-17. */
const limit = 6;

/**
 * erf(x) = 2 x / sqrt(pi) times the integral of exp(-x² t²) for t from 0 to 1, by Gauss-Legendre quadrature. ONNX
 * Runtime has the function only in single precision. Absolute error below 1e-14.
 */
export function erfInDoublePrecision(c: LoweringContext, value: string): string {
  const { graph } = c;
  const x = graph.node('Clip', [value, c.float(-limit), c.float(limit)]);
  const square = graph.node('Mul', [x, x]);
  const terms = gaussLegendre(points).map(({ node, weight }) => {
    const t = (node + 1) / 2;
    const exponential = graph.node('Exp', [graph.node('Mul', [square, c.float(-t * t)])]);
    return graph.node('Mul', [exponential, c.float(weight / Math.sqrt(Math.PI))]);
  });
  return graph.node('Mul', [x, terms.reduce((a, b) => graph.node('Add', [a, b]))]);
}

/** Nodes in (-1, 1) and weights; the nodes are roots of the Legendre polynomial, found by Newton's method. */
function gaussLegendre(count: number): { node: number; weight: number }[] {
  return Array.from({ length: count }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 20; step++) {
      let [before, value] = [1, x];
      for (let n = 2; n <= count; n++) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
      slope = (count * (x * value - before)) / (x * x - 1);
      x -= value / slope;
    }
    return { node: x, weight: 2 / ((1 - x * x) * slope * slope) };
  });
}
