import { expect, it } from 'vitest';
import { formatRegionTable, regionDice } from './regions.ts';

const regions = { whole: [1, 2], core: [2], rare: [9] };

it('unites labels into regions', () => {
  const scores = regionDice(Uint8Array.of(0, 1, 2, 2), Uint8Array.of(0, 2, 2, 0), regions);
  expect(scores.whole).toBeCloseTo(4 / 5, 12);
  expect(scores.core).toBe(0.5);
  expect(scores.rare).toBeNaN();
});

it('takes the middle value, or the mean of both', () => {
  const medians = (...values: number[]) =>
    formatRegionTable(values.map((dice, i) => ({ name: `${i}`, dice: { r: dice } }))).match(/^median.*/gm);
  expect(medians(0.5, 0.1, 0.2)).toEqual(['median,0.2000', 'median (nan is 1),0.2000']);
  expect(medians(0.5, 0.1, 0.2, 0.9)).toEqual(['median,0.3500', 'median (nan is 1),0.3500']);
  expect(medians(0.5, Number.NaN, 0.2)).toEqual(['median,0.3500', 'median (nan is 1),0.5000']);
  expect(medians(Number.NaN)).toEqual(['median,nan', 'median (nan is 1),1.0000']);
  expect(formatRegionTable([])).toMatch(/^casename\nmean\n/);
});

it("writes v1's table", () => {
  const text = formatRegionTable([
    { name: 'a', dice: { whole: 0.5, rare: Number.NaN } },
    { name: 'b', dice: { whole: 0.75, rare: 0.25 } },
  ]);
  expect(text).toBe(
    'casename,whole,rare\na,0.5000,nan\nb,0.7500,0.2500\nmean,0.6250,0.2500\nmedian,0.6250,0.2500\n' +
      'mean (nan is 1),0.6250,0.6250\nmedian (nan is 1),0.6250,0.6250\n',
  );
});
