import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { padToPatch } from './padding.ts';

const cases: {
  in: number[];
  new_shape: number[];
  shape_must_be_divisible_by: number[] | null;
  out: number[];
  where: number[][];
}[] = JSON.parse(readFileSync(new URL('../fixtures/padding.json', import.meta.url), 'utf8'));

it.each(cases)('pads $in to $out as v1', (c) => {
  const padding = padToPatch(c.in, c.new_shape, c.shape_must_be_divisible_by);
  expect(padding).toEqual({ shape: c.out, where: c.where });
});
