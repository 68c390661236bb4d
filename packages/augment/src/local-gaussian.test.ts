import { expect, it } from 'vitest';
import { addBrightnessGradient, applyLocalGamma, gaussianWithin } from './local-gaussian.ts';

/** Of the normal distribution within half a deviation of its centre, and within the two next steps of one (tables). */
const [CENTRE, NEXT, SECOND] = [0.3829249225, 0.2417303375, 0.060597536];
const line = { centre: [7, 7, 2], sigma: [3, 3, 1] };
/** One step from the centre of five voxels, where the kernel goes from 0 at the ends to 1. */
const beside = (NEXT - SECOND) / (CENTRE - SECOND);

it('integrates a normal distribution over each voxel, and stretches it from 0 to 1', () => {
  const along = gaussianWithin([1, 1, 5], line);
  for (const [i, value] of [0, beside, 1, beside, 0].entries()) expect(along[i]).toBeCloseTo(value, 8);
  // Of a deviation of two voxels, the three hold 0.1974, 0.1747 and 0.1210.
  const wide = gaussianWithin([1, 1, 5], { ...line, sigma: [3, 3, 2] });
  expect(wide[1]).toBeCloseTo((0.1746663219 - 0.1209775787) / (0.1974126514 - 0.1209775787), 8);
});

it('stretches a faint one only as far as its rules say', () => {
  // More than six deviations before the first voxel, which holds less than 1e-8 of it.
  const faint = { centre: [0, 0, -6.5], sigma: [1, 1, 1] };
  const [first] = gaussianWithin([1, 1, 2], { ...faint, leastSpan: 1 });
  expect(first).toBeLessThan(1e-8);
  expect([...gaussianWithin([1, 1, 2], faint)]).toEqual([expect.closeTo(first! / 1e-8, 6), 0]);
  expect([...gaussianWithin([1, 1, 2], { ...faint, leastSpan: 0 })]).toEqual([1, 0]);
  expect([...gaussianWithin([1, 1, 1], { ...faint, leastSpan: 0 })]).toEqual([0]);
});

it('is the product of the axes', () => {
  const kernel = gaussianWithin([2, 1, 3], { centre: [0, 0, 1], sigma: [1, 1, 1] });
  const [low, high] = [NEXT * NEXT, CENTRE * CENTRE];
  const mixed = (CENTRE * NEXT - low) / (high - low);
  for (const [i, value] of [mixed, 1, mixed, 0, mixed, 0].entries()) expect(kernel[i]).toBeCloseTo(value, 8);
  const flat = gaussianWithin([2, 2, 2], { centre: [0, 0, 0], sigma: [1, 1, 1] });
  const edge = (CENTRE ** 2 * NEXT - NEXT ** 3) / (CENTRE ** 3 - NEXT ** 3);
  for (const i of [1, 2, 4]) expect(flat[i]).toBeCloseTo(edge, 8);
});

it('adds as much brightness as the kernel is high', () => {
  const channel = Float32Array.of(10, 20, 30, 40, 50);
  addBrightnessGradient(channel, [1, 1, 5], line, -4);
  for (const [i, value] of [10, 20 - 4 * beside, 26, 40 - 4 * beside, 50].entries())
    expect(channel[i]).toBeCloseTo(value, 5);
  // Where all voxels have the same height, nothing is added.
  const one = Float32Array.of(3);
  addBrightnessGradient(one, [1, 1, 1], { centre: [0, 0, 0], sigma: [1, 1, 1] }, 5);
  expect([...one]).toEqual([3]);
});

it('bends the range of the channel as much as the kernel is high', () => {
  // From 2 to 6: 4 lies half way, and gamma 2 takes it to a quarter of the way, 3.
  const channel = Float32Array.of(4, 4, 4, 2, 6);
  applyLocalGamma(channel, [1, 1, 5], line, 2);
  for (const [i, value] of [4, 4 - beside, 3, 2, 6].entries()) expect(channel[i]).toBeCloseTo(value, 5);
  const constant = Float32Array.of(7, 7, 7, 7, 7);
  applyLocalGamma(constant, [1, 1, 5], line, 2);
  expect([...constant]).toEqual([7, 7, 7, 7, 7]);
});
