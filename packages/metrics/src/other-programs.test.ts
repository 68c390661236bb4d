import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { evaluateCase } from './evaluate-case.ts';
import type { MetricName } from './metric-registry.ts';

interface Pair<Mask> {
  name: string;
  shape: [number, number, number];
  spacing: [number, number, number];
  test: Mask;
  reference: Mask;
  /** Program to metric, with the tolerance or the threshold after it, to score. */
  scores: Record<string, Record<string, number>>;
}

const stored: Pair<string>[] = JSON.parse(readFileSync(new URL('../fixtures/pairs.json', import.meta.url), 'utf8'));
const pairs = stored.map((pair): Pair<Uint8Array> => {
  const maskOf = (packed: string): Uint8Array => {
    const bytes = inflateSync(Buffer.from(packed, 'base64'));
    const mask = new Uint8Array(pair.shape[0] * pair.shape[1] * pair.shape[2]);
    return mask.map((_, i) => (bytes[i >> 3]! >> (7 - (i & 7))) & 1);
  };
  return { ...pair, test: maskOf(pair.test), reference: maskOf(pair.reference) };
});

function own({ shape, spacing, test, reference }: Pair<Uint8Array>, metric: string): number {
  const [, name, number] = /^(.*?)(?: ([\d.]+))?$/.exec(metric.replace(' 95', '#'))!;
  const asked = name!.replace('#', ' 95') as MetricName;
  const scores = evaluateCase(test, reference, {
    labels: [1],
    metrics: [asked],
    shape,
    spacing,
    tolerance: Number(number),
    lesionIoU: Number(number),
  });
  return scores[1]![asked]!;
}

describe('scores equal those of other programs', () => {
  const programs = [...new Set(pairs.flatMap(({ scores }) => Object.keys(scores)))];
  it.each(programs)('%s', (program) => {
    let compared = 0;
    for (const pair of pairs) {
      for (const [metric, expected] of Object.entries(pair.scores[program] ?? {})) {
        // MONAI counts in single precision.
        const allowed = program === 'monai' ? 1e-6 * Math.max(1, expected) : 1e-9;
        expect(Math.abs(own(pair, metric) - expected), `${pair.name}: ${metric}`).toBeLessThan(allowed);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(60);
  });
});
