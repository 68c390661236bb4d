import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { LABEL_COLORS } from '../label-colors.ts';
import { renderOverlay } from '../overlay-panel.ts';
import { label, svgDocument } from '../svg.ts';
import { renderTrainingCurves } from '../training-curves.ts';
import { svgToPng } from './svg-to-png.ts';

/** Pixels within `tolerance` of a colour, between the given columns. */
function countColor(png: Uint8Array, [r, g, b]: readonly number[], from = 0, to = Number.POSITIVE_INFINITY): number {
  const { data, width, channels } = decode(png);
  let count = 0;
  for (let i = 0; i < data.length; i += channels) {
    const x = (i / channels) % width;
    if (x < from || x >= to) continue;
    if (Math.abs(data[i]! - r!) + Math.abs(data[i + 1]! - g!) + Math.abs(data[i + 2]! - b!) < 12) count++;
  }
  return count;
}

const BLUE = [0x1f, 0x4f, 0xd8];
const RED = [0xd6, 0x27, 0x28];
const GREEN = [0x1b, 0x8a, 0x3a];

describe('svgToPng', () => {
  it('sets text in the font that comes along, without fonts of the system', () => {
    const write = (text: string) => svgToPng(svgDocument(220, 40, [label(text, { x: 10, y: 28, 'font-size': 24 })]));
    const ink = countColor(write('Dice 0.89 & <b>'), [0, 0, 0]);
    expect(ink).toBeGreaterThan(150);
    expect(countColor(write(''), [0, 0, 0])).toBe(0);
    // The box of a missing character would look the same for all of them.
    expect(Buffer.from(write('iii')).equals(Buffer.from(write('WWW')))).toBe(false);
  });

  it('scales, as far as programs can show the picture', () => {
    const tall = decode(svgToPng(svgDocument(10, 10_000, []), { scale: 3 }));
    expect([tall.width, tall.height]).toEqual([16, 16_384]);
    const { width, height } = decode(svgToPng(svgDocument(50, 20, []), { scale: 3 }));
    expect([width, height]).toEqual([150, 60]);
  });
});

describe('renderTrainingCurves', () => {
  const losses = { trainLosses: [1, 0.5, 0.2], validationLosses: [1.1, 0.6, 0.4] };

  it('draws both losses, and the metric when it is as long as they are', () => {
    const without = svgToPng(renderTrainingCurves(losses));
    expect(countColor(without, BLUE)).toBeGreaterThan(500);
    expect(countColor(without, RED)).toBeGreaterThan(500);
    expect(countColor(without, GREEN)).toBe(0);
    expect(countColor(svgToPng(renderTrainingCurves({ ...losses, validationMetrics: [0.1, 0.2] })), GREEN)).toBe(0);
    const all = svgToPng(renderTrainingCurves({ ...losses, validationMetrics: [0.1, 0.5, 0.9] }));
    expect(countColor(all, GREEN)).toBeGreaterThan(500);
  });

  it('counts epochs from 1, at the left edge, to their number, at the right edge', () => {
    const svg = renderTrainingCurves({ trainLosses: [3, 2, 1], validationLosses: [] });
    const texts = [...svg.matchAll(/<text x="([\d.]+)"[^>]*text-anchor="middle"[^>]*>(\d+)<\/text>/g)];
    expect(texts.map(([, x, text]) => [text, Number(x)])).toEqual([
      ['1', 90],
      ['2', 600],
      ['3', 1110],
    ]);
    expect(svg).toMatch(/<polyline points="90,[\d.]+ 600,[\d.]+ 1110,/);
  });

  it('leaves gaps where a value is missing, and draws single epochs and none', () => {
    const gap = renderTrainingCurves({ ...losses, trainLosses: [1, Number.NaN, 0.2, 0.1] });
    expect(gap).not.toContain('NaN');
    expect(gap).toContain('<circle');
    for (const log of [
      { trainLosses: [], validationLosses: [] },
      { trainLosses: [0], validationLosses: [0], learningRates: [0], epochSeconds: [0], validationMetrics: [0] },
    ]) {
      const svg = renderTrainingCurves(log, { title: 'a < b' });
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg).toContain('a &lt; b');
      expect(svgToPng(svg).length).toBeGreaterThan(1000);
    }
  });

  it('adds a panel each for learning rate and time', () => {
    const { height } = decode(svgToPng(renderTrainingCurves(losses)));
    const full = renderTrainingCurves({ ...losses, learningRates: [0.01, 0.005, 0], epochSeconds: [3, 2, 2] });
    expect(decode(svgToPng(full)).height).toBeGreaterThan(height + 150);
    expect(full).toContain('learning rate');
    expect(full).toContain('seconds per epoch');
  });
});

describe('renderOverlay', () => {
  const [height, width] = [35, 50];
  const image = { data: Float32Array.from({ length: height * width }, (_, i) => i % 97), height, width };
  const map = (value: number) => ({
    data: Uint8Array.from({ length: height * width }, (_, i) => (i % width > 20 && i % width < 40 ? value : 0)),
    height,
    width,
  });

  it('shows image, label and prediction at 400 pixels, each label in one colour everywhere', () => {
    const png = svgToPng(renderOverlay({ image, label: map(1), prediction: map(2) }));
    const decoded = decode(png);
    expect(decoded.width).toBe(3 * 400 + 2 * 16 + 2 * 20);
    const first = 20 + 400;
    const second = first + 16 + 400;
    expect(countColor(png.slice(), LABEL_COLORS[1]!, 60, first)).toBe(0);
    expect(countColor(png, LABEL_COLORS[1]!, first, second)).toBeGreaterThan(500);
    expect(countColor(png, LABEL_COLORS[2]!, second)).toBeGreaterThan(500);
    expect(countColor(png, LABEL_COLORS[1]!, second)).toBe(0);
  });

  it('keeps the proportions in mm', () => {
    const { width: wide, height: tall } = decode(svgToPng(renderOverlay({ image, spacing: [5, 1] })));
    expect(wide).toBe(40 + Math.round((400 * 50) / 175));
    expect(tall).toBeGreaterThan(400);
  });

  it('names slices of another size', () => {
    expect(() => renderOverlay({ image, prediction: { data: new Uint8Array(4), height: 2, width: 2 } })).toThrow(
      /the prediction has 2 x 2/,
    );
  });
});
