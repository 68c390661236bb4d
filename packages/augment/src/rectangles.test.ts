import { expect, it } from 'vitest';
import { blankRectangles } from './rectangles.ts';

it('sets boxes to their mean, one after the other', () => {
  const channel = Float32Array.from({ length: 24 }, (_, i) => i);
  blankRectangles(
    channel,
    [2, 3, 4],
    [
      { start: [0, 1, 1], size: [2, 2, 3] },
      { start: [1, 0, 0], size: [1, 2, 2] },
    ],
  );
  // 5 to 7, 9 to 11, and 12 more each: 14 on average. Then 12, 13, 16 and, where the first box was, 14.
  const mean = (12 + 13 + 16 + 14) / 4;
  expect([...channel]).toEqual([
    ...[0, 1, 2, 3, 4, 14, 14, 14, 8, 14, 14, 14],
    ...[mean, mean, 14, 15, mean, mean, 14, 14, 20, 14, 14, 14],
  ]);
});
