import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LabelNumbers } from './confusion.ts';
import { evaluateCase, type Scores } from './evaluate-case.ts';
import { aggregateScores, type Summary } from './summary.ts';
import { parseSummary } from './summary-json.ts';
import { type SurfaceMetric, surfaceMetrics } from './surface-distance.ts';

type Triple = [number, number, number];

/** Enough of NIfTI for the label maps here: single file, little endian, 8- or 16-bit integers, axes as stored. */
function readLabelMap(url: URL): { data: LabelNumbers; shape: Triple; spacing: Triple } {
  const bytes = new Uint8Array(gunzipSync(readFileSync(url)));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const shape = [3, 2, 1].map((i) => view.getInt16(40 + 2 * i, true)) as Triple;
  const spacing = [3, 2, 1].map((i) => view.getFloat32(76 + 4 * i, true)) as Triple;
  const size = shape[0] * shape[1] * shape[2];
  const offset = view.getFloat32(108, true);
  const type = view.getInt16(70, true);
  const body = bytes.slice(offset).buffer;
  const data =
    type === 2
      ? new Uint8Array(body, 0, size)
      : type === 4
        ? new Int16Array(body, 0, size)
        : new Uint16Array(body, 0, size);
  if (![2, 4, 512].includes(type)) throw new Error(`unexpected NIfTI datatype ${type}`);
  return { data, shape, spacing };
}

/** Largest difference over all metrics of all labels; infinite where one lacks what the other has. */
function largestDifference(actual: Record<string, Scores>, expected: Record<string, Scores>): number {
  let largest = 0;
  for (const [label, metrics] of Object.entries(expected)) {
    for (const [metric, value] of Object.entries(metrics)) {
      const own = actual[label]?.[metric];
      if (own === undefined || Number.isNaN(own) !== Number.isNaN(value)) return Number.POSITIVE_INFINITY;
      if (!Number.isNaN(value)) largest = Math.max(largest, Math.abs(own - value));
    }
  }
  return largest;
}

function compareFolder(folder: URL, references: URL): void {
  const expected = parseSummary(readFileSync(new URL('summary.json', folder), 'utf8'));
  const labels = Object.keys(expected.results.mean)
    .filter((label) => label !== 'mean')
    .map(Number);
  const cases = expected.results.all.map(({ reference, test, ...scores }) => {
    const a = readLabelMap(new URL(test, folder));
    const b = readLabelMap(new URL(reference, references));
    const own = evaluateCase(a.data, b.data, { labels });
    expect(largestDifference(own, scores as Record<string, Scores>)).toBeLessThan(1e-12);
    return { reference, test, scores: own };
  });
  expect(cases.length).toBeGreaterThan(7);
  const { mean: _, ...mean } = expected.results.mean;
  expect(largestDifference(aggregateScores(cases).results.mean, mean)).toBeLessThan(1e-12);
}

const fixtures = new URL('../fixtures/', import.meta.url);
describe('scores equal the summaries of nnU-Net 1.7.1', () => {
  it.each(['none', 'one_class_ct_spacing'])('%s', (scenario) => {
    compareFolder(new URL(`${scenario}/raw/`, fixtures), new URL(`${scenario}/gt/`, fixtures));
  });
});

const golden = new URL('../../../../shared/golden/evaluation/', import.meta.url);
describe.skipIf(!existsSync(golden))('all of ../shared/golden/evaluation (skipped where absent)', () => {
  const scenarios = existsSync(golden) ? readdirSync(golden) : [];
  it.each(scenarios)('%s', (scenario) => {
    for (const folder of ['raw', 'final', 'final_advanced']) {
      const url = new URL(`${scenario}/${folder}/`, golden);
      if (folder !== 'final_advanced' || existsSync(new URL('summary.json', url))) {
        compareFolder(url, new URL(`${scenario}/gt/`, golden));
      }
    }
  });
});

describe('surface distances equal those of medpy 0.4.0', () => {
  const expected: Record<string, Record<string, Record<string, Record<string, number | null>>>> = JSON.parse(
    readFileSync(new URL('surface.json', fixtures), 'utf8'),
  );
  it.each(Object.keys(expected))('%s', (scenario) => {
    for (const [name, scores] of Object.entries(expected[scenario]!)) {
      const test = readLabelMap(new URL(`${scenario}/raw/${name}`, fixtures));
      const reference = readLabelMap(new URL(`${scenario}/gt/${name}`, fixtures));
      const own = evaluateCase(test.data, reference.data, {
        labels: [0, 1, 2],
        surface: Object.keys(surfaceMetrics) as SurfaceMetric[],
        shape: test.shape,
        spacing: test.spacing,
      });
      for (const [label, metrics] of Object.entries(scores)) {
        for (const [metric, value] of Object.entries(metrics)) {
          if (value === null) expect(own[label]![metric]).toBeNaN();
          else expect(Math.abs(own[label]![metric]! - value), `${name} ${label} ${metric}`).toBeLessThan(1e-9);
        }
      }
    }
  });
});

describe('summaries', () => {
  const text = readFileSync(new URL('none/raw/summary.json', fixtures), 'utf8');
  it("reads v1's bare NaN", () => {
    expect(text).toContain(': NaN');
    const summary: Summary = parseSummary(text);
    expect(summary.results.all.flatMap((c) => Object.values(c['2'] as Scores)).some(Number.isNaN)).toBe(true);
  });
});
