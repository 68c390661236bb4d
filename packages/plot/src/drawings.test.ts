import { describe, expect, it } from 'vitest';
import { renderIntervals } from './interval-chart.ts';
import { renderLines } from './line-chart.ts';
import { renderOverlay } from './overlay-panel.ts';
import { resizeNearest, resizeSmooth } from './resize-slice.ts';
import { renderStrips } from './strip-chart.ts';
import { renderTrainingCurves } from './training-curves.ts';
import { renderUNets, type UNetDiagram } from './unet-diagram.ts';

/**
 * Drawings that a person has looked at and found right. After a change that is wanted, look at the new ones:
 * `npx vitest run packages/plot -u`.
 */
const approved = (name: string) => new URL(`../fixtures/drawings/${name}.svg`, import.meta.url).pathname;
const lines = (svg: string) => `${svg.replaceAll('><', '>\n<')}\n`;

const curves = {
  trainLosses: [-0.1, -0.42, -0.55, -0.61, Number.NaN, -0.7],
  validationLosses: [-0.05, -0.3, Number.NaN, -0.5, -0.52, -0.49],
  validationMetrics: [0.1, 0.4, 0.55, 0.71, 0.78, 0.8],
  learningRates: [0.01, 0.0085, 0.0069, 0.0052, 0.0034, 0.0014],
  epochSeconds: [12.5, 9, 9.2, 9.1, 9.3, 9],
};

const plain: UNetDiagram = {
  title: '2d',
  input: '2 channels',
  output: '4 classes',
  outputs: 2,
  levels: [
    { features: 32, size: [56, 40], kernel: [3, 3], decoderKernel: [3, 3], convolutions: 2 },
    { features: 64, size: [28, 20], kernel: [3, 3], decoderKernel: [3, 3], stride: [2, 2], convolutions: 2 },
    { features: 128, size: [14, 10], kernel: [3, 3], decoderKernel: [3, 3], stride: [2, 2], convolutions: 2 },
    { features: 256, size: [7, 10], kernel: [3, 3], stride: [2, 1], convolutions: 2 },
  ],
  notes: ['patch 56 × 40', 'batch 12'],
};

const residual: UNetDiagram = {
  title: 'residual',
  input: '1 channel',
  output: '2 classes',
  encoderUnit: 'residual blocks',
  outputs: 1,
  levels: [
    {
      features: 32,
      size: [8, 16, 16],
      kernel: [1, 3, 3],
      decoderKernel: [3, 3, 3],
      convolutions: 1,
      decoderConvolutions: 3,
    },
    { features: 64, size: [8, 8, 8], kernel: [3, 3, 3], stride: [1, 2, 2], convolutions: 3 },
  ],
};

const image = { data: Float32Array.from({ length: 48 }, (_, i) => (i % 8) * (i % 8) + i), height: 6, width: 8 };
const labels = (...values: number[]) => ({ data: Uint8Array.from({ ...values, length: 48 }), height: 6, width: 8 });

describe('drawings that were looked at', () => {
  it('are the curves of a training, with gaps, two axes, and panels for rate and time', async () => {
    const drawn = lines(renderTrainingCurves(curves, { title: 'Task004, fold 0', metricName: 'mean foreground Dice' }));
    await expect(drawn).toMatchFileSnapshot(approved('curves'));
  });

  it('are the losses alone, and of one epoch', async () => {
    const { trainLosses, validationLosses, epochSeconds } = curves;
    const some = renderTrainingCurves({ trainLosses, validationLosses, epochSeconds });
    const one = renderTrainingCurves({ trainLosses: [0.5], validationLosses: [0.6], validationMetrics: [0.2] });
    await expect(lines(some)).toMatchFileSnapshot(approved('losses'));
    await expect(lines(one)).toMatchFileSnapshot(approved('one-epoch'));
  });

  it('are U-Nets of four levels and of two', async () => {
    await expect(lines(renderUNets([plain, residual]))).toMatchFileSnapshot(approved('unets'));
  });

  it('are an image, its labels and its prediction, with a legend in two rows', async () => {
    const label = labels(0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 3);
    const prediction = labels(0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2);
    const names = { 1: 'anterior', 2: 'posterior', 3: 'a longer name than fits', 17: 'never seen' };
    const options = { image, label, prediction, names, spacing: [2, 1] as const, panelSize: 60 };
    await expect(lines(renderOverlay({ ...options, title: 'case_1' }))).toMatchFileSnapshot(approved('overlay'));
    const captions = { image: 'T1', prediction: 'model' };
    const two = renderOverlay({ image, prediction, captions, panelSize: 40 });
    await expect(lines(two)).toMatchFileSnapshot(approved('overlay-of-two'));
  });
});

/** Where a value of an axis lies, from the texts beside its ticks. */
function scaleOf(svg: string, anchor: 'end' | 'start') {
  const ticks = [
    ...svg.matchAll(new RegExp(`<text x="[\\d.]+" y="([\\d.]+)" text-anchor="${anchor}"[^>]*>([^<]+)`, 'g')),
  ]
    .map(([, y, text]) => ({ y: Number(y) - 5, value: Number(text!.replace('−', '-')) }))
    .filter(({ value }) => !Number.isNaN(value));
  const [a, b] = [ticks[0]!, ticks.at(-1)!];
  expect(b.value).toBeGreaterThan(a.value);
  return (value: number) => a.y + ((value - a.value) / (b.value - a.value)) * (b.y - a.y);
}

it('draws each value where the ticks beside it say', () => {
  const svg = renderTrainingCurves({
    trainLosses: [3, 1, 0.5, 0.25],
    validationLosses: [2, 2, 1, 1],
    validationMetrics: [0, 0.5, 0.75, 1],
  });
  const points = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, list]) =>
    list!.split(' ').map((pair) => pair.split(',').map(Number) as [number, number]),
  );
  const [losses, metric] = [scaleOf(svg, 'end'), scaleOf(svg, 'start')];
  const expected = [[3, 1, 0.5, 0.25].map(losses), [2, 2, 1, 1].map(losses), [0, 0.5, 0.75, 1].map(metric)];
  for (const [i, line] of points.entries()) {
    expect(line.map(([x]) => x)).toEqual([90, 430, 770, 1110]);
    for (const [j, [, y]] of line.entries()) expect(Math.abs(y - expected[i]![j]!)).toBeLessThan(0.05);
  }
  expect(points).toHaveLength(3);
});

describe('enlarging', () => {
  it('follows a parabola exactly, away from the edges', () => {
    const data = Float32Array.from({ length: 8 * 8 }, (_, i) => (i % 8) ** 2 - 3 * Math.floor(i / 8));
    const { data: out } = resizeSmooth({ data, height: 8, width: 8 }, 16, 24);
    for (let y = 4; y < 12; y++)
      for (let x = 6; x < 18; x++) {
        const [row, column] = [(y + 0.5) / 2 - 0.5, (x + 0.5) / 3 - 0.5];
        expect(out[y * 24 + x]).toBeCloseTo(column ** 2 - 3 * row, 4);
      }
  });

  it('repeats the edge, and gives each label as many pixels as it had', () => {
    const steep = resizeSmooth({ data: Float32Array.of(0, 16), height: 1, width: 2 }, 1, 4);
    // Catmull and Rom by hand: -9/128 of 16, three quarters of the way through 0 0 0 16; 13/64 of it a quarter through 0 0 16 16.
    expect([...steep.data]).toEqual([-1.125, 3.25, 12.75, 17.125]);
    const small = { data: Uint8Array.of(1, 2, 3, 4), height: 2, width: 2 };
    expect([...resizeNearest(small, 4, 6).data].join('')).toBe('111222111222333444333444');
    expect([...resizeNearest(small, 1, 1).data]).toEqual([4]);
  });
});

describe('figures of a page that were looked at', () => {
  const points = (...values: number[]) => values.map((value, i) => ({ name: `case ${i}`, value, hollow: i === 0 }));

  it('are the curves of seven folds, told apart without colour', async () => {
    const series = Array.from({ length: 7 }, (_, i) => ({
      name: `fold ${i}`,
      values: Array.from({ length: 12 }, (_, e) => (i === 2 && e === 4 ? Number.NaN : 1 / (e + 1) + i / 10)),
    }));
    const chart = { title: 'Loss', description: 'It falls.', xTitle: 'epoch', yTitle: 'loss', series };
    await expect(lines(renderLines(chart))).toMatchFileSnapshot(approved('folds'));
  });

  it('are strips of few values and of many, and of volumes over three powers of ten', async () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ name: `case ${i}`, value: Math.sqrt(i) / 20 }));
    const rows = [
      { name: 'few', points: points(0.1, 0.2, 0.2, 0.2, 0.25, 0.9) },
      { name: 'a name of more than twenty letters', points: many },
      { name: 'none', points: points(Number.NaN) },
    ];
    const strips = renderStrips({ title: 'Dice <all>', description: 'Of & for tests.', axis: 'Dice', rows });
    await expect(lines(strips)).toMatchFileSnapshot(approved('strips'));
    const volumes = [{ name: 'tumour', points: points(0.02, 0.3, 5, 40) }];
    const wide = renderStrips({ title: 'Volumes', description: '', axis: 'ml', rows: volumes, logarithmic: true });
    await expect(lines(wide)).toMatchFileSnapshot(approved('logarithmic-strips'));
  });

  it('are intervals beside zero and across it', async () => {
    const rows = [
      { name: '2d', value: 0.04, low: 0.02, high: 0.05 },
      { name: 'ensemble', value: 0.001, low: -0.01, high: 0.01 },
    ];
    const intervals = renderIntervals({ title: 'How much better', description: '', axis: 'Dice', rows });
    await expect(lines(intervals)).toMatchFileSnapshot(approved('intervals'));
  });
});

/** Where a value of the horizontal axis lies, from the texts below its first and last tick. */
function acrossOf(svg: string) {
  const ticks = [...svg.matchAll(/<text x="([\d.]+)" y="[\d.]+" text-anchor="middle" font-size="13"[^>]*>([^<]+)/g)];
  const [a, b] = [ticks[0]!, ticks.at(-1)!].map(([, x, text]) => ({ x: Number(x), value: Number(text) }));
  expect(b!.value).toBeGreaterThan(a!.value);
  return (value: number, scale = (v: number) => v) =>
    a!.x + ((scale(value) - scale(a!.value)) / (scale(b!.value) - scale(a!.value))) * (b!.x - a!.x);
}

describe('strips', () => {
  const draw = (values: readonly number[], logarithmic = false) => {
    const points = values.map((value) => ({ name: String(value), value }));
    const svg = renderStrips({ title: '', description: '', axis: '', rows: [{ name: 'row', points }], logarithmic });
    const dots = [...svg.matchAll(/<title>([\d.]+)<\/title><circle cx="([\d.]+)" cy="([\d.]+)"/g)];
    return { svg, dots: dots.map(([, value, x, y]) => ({ value: Number(value), x: Number(x), y: Number(y) })) };
  };

  it('have each dot where the ticks say, on a linear and on a logarithmic axis', () => {
    const linear = draw([3, 7, 4, 12.5]);
    for (const { value, x } of linear.dots) expect(Math.abs(x - acrossOf(linear.svg)(value))).toBeLessThan(0.05);
    const wide = draw([0.02, 700, 3], true);
    for (const { value, x } of wide.dots)
      expect(Math.abs(x - acrossOf(wide.svg)(value, Math.log10))).toBeLessThan(0.05);
    expect([linear.dots.length, wide.dots.length]).toEqual([4, 3]);
  });

  it('are linear as soon as a value is not positive', () => {
    const { svg, dots } = draw([0, 1, 100], true);
    for (const { value, x } of dots) expect(Math.abs(x - acrossOf(svg)(value))).toBeLessThan(0.05);
  });

  it('show equal values side by side', () => {
    const { dots } = draw([5, 5, 5, 5, 9]);
    const equal = dots.filter(({ value }) => value === 5).map(({ y }) => y);
    equal
      .sort((a, b) => a - b)
      .slice(1)
      .forEach((y, i) => {
        expect(y - equal[i]!).toBeGreaterThan(6);
      });
  });

  it('have a box from the first to the third quartile, and whiskers to what is not an outlier', () => {
    // 1 … 5 and 100: quartiles 2.25 and 4.75 (interpolated), so that 100 is beyond 4.75 + 1.5 · 2.5 = 8.5.
    const { svg } = draw([1, 2, 3, 4, 5, 100]);
    const at = acrossOf(svg);
    const [, x, width] = /<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(svg)!.map(Number);
    expect(x).toBeCloseTo(at(2.25), 1);
    expect(x! + width!).toBeCloseTo(at(4.75), 1);
    const right = [...svg.matchAll(/<line x1="([\d.]+)" y1="([\d.]+)" x2="([\d.]+)" y2="\2"/g)].map(([, , , end]) =>
      Number(end),
    );
    expect(right.some((end) => Math.abs(end - at(5)) < 0.1)).toBe(true);
    expect(right.every((end) => Math.abs(end - at(100)) > 1)).toBe(true);
  });
});

it('names figures for those who do not see them, and escapes what it is given', () => {
  const svg = renderStrips({ title: 'A <b>', description: '"c" & d', axis: '</svg>', rows: [] });
  expect(svg).toContain('role="img"');
  expect(svg).toContain('<title>A &lt;b&gt;</title><desc>&quot;c&quot; &amp; d</desc>');
  expect(svg.match(/<\/svg>/g)).toHaveLength(1);
});
