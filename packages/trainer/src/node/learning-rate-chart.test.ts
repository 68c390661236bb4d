import { expect, it } from 'vitest';
import { learningRateChart } from './learning-rate-chart.ts';

/** A decade a step, in which the loss falls by 1. */
function points(count: number, first = -6) {
  return Array.from({ length: count }, (_, i) => ({ learningRate: 10 ** (first + i), loss: 100 - i }));
}

function polyline(chart: string): string[] {
  return /<polyline points="([^"]*)"/.exec(chart)![1]!.split(' ');
}

it('draws the loss over the logarithm of the rate, between the edges of the chart', () => {
  const chart = learningRateChart(points(3));
  // x from 90 to 870, y from 470 for the least loss up to 50 for the greatest.
  expect(polyline(chart)).toEqual(['90.0,50.0', '480.0,260.0', '870.0,470.0']);
  for (const [name, x] of [
    ['1e-6', 90],
    ['1e-5', 480],
    ['1e-4', 870],
  ])
    expect(chart).toMatch(new RegExp(`<text [^>]* x="${x}" y="492" text-anchor="middle">${name}</text>`));
  // A level each quarter of the range, its number 5 px below its line.
  const levels = [...chart.matchAll(/x="82" y="([\d.]+)" text-anchor="end">([\d.]+)</g)].map(([, y, text]) => [
    y,
    text,
  ]);
  expect(levels).toEqual([
    ['475', '98.0'],
    ['370', '98.5'],
    ['265', '99.0'],
    ['160', '99.5'],
    ['55', '100'],
  ]);
});

it('has a frame and a line for each decade and each level', () => {
  const chart = learningRateChart(points(3));
  expect(chart).toMatch(/^<svg [^>]*width="900" height="540" viewBox="0 0 900 540">/);
  const lines = [...chart.matchAll(/<line x1="(.*?)" y1="(.*?)" x2="(.*?)" y2="(.*?)"/g)].map((match) =>
    match.slice(1).map(Number),
  );
  expect(lines).toEqual([
    [90, 50, 90, 470],
    [480, 50, 480, 470],
    [870, 50, 870, 470],
    ...[470, 365, 260, 155, 50].map((y) => [90, y, 870, y]),
  ]);
  expect(chart).toMatch(/x="480" y="520" text-anchor="middle">learning rate</);
  expect(chart).toMatch(/x="90" y="32">loss \+ 1, smoothed</);
});

it('draws a loss that stays at the bottom', () => {
  const same = points(3).map((point) => ({ ...point, loss: 7 }));
  expect(polyline(learningRateChart(same))).toEqual(['90.0,470.0', '480.0,470.0', '870.0,470.0']);
});

it('names whole decades alone', () => {
  const none = [2e-6, 7e-6].map((learningRate, i) => ({ learningRate, loss: i }));
  expect(learningRateChart(none)).not.toMatch(/>1e/);
  const chart = learningRateChart([
    { learningRate: 2e-6, loss: 3 },
    { learningRate: 3e-4, loss: 2 },
  ]);
  expect([...chart.matchAll(/>(1e-?\d+)</g)].map(([, name]) => name)).toEqual(['1e-5', '1e-4']);
});

it('leaves out the first 10 steps and the last 5 of a longer search, as v1 does, and losses of NaN', () => {
  // Of 17 steps two are left, at the two edges; 16 are all drawn.
  expect(polyline(learningRateChart(points(17, -16)))).toEqual(['90.0,50.0', '870.0,470.0']);
  expect(polyline(learningRateChart(points(16, -16)))).toHaveLength(16);
  const [first, second] = points(2);
  const failed = { learningRate: 1, loss: Number.POSITIVE_INFINITY };
  expect(polyline(learningRateChart([first!, second!, failed]))).toEqual(['90.0,50.0', '870.0,470.0']);
});
