import { expect, it } from 'vitest';
import { formatRegionTable, regionDice } from './regions.ts';

const regions = { whole: [1, 2], core: [2], rare: [9] };

it('unites labels into regions', () => {
  const scores = regionDice(Uint8Array.of(0, 1, 2, 2), Uint8Array.of(0, 2, 2, 0), regions);
  expect(scores.whole).toBeCloseTo(4 / 5, 12);
  expect(scores.core).toBe(0.5);
  expect(scores.rare).toBeNaN();
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
