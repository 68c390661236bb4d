import { readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { colorsOf, cssColor, LABEL_COLORS } from './label-colors.ts';
import { encodePng, extent, overlayPixels } from './pixels.ts';

interface GoldenOverlay {
  image: number[];
  labels: number[];
  height: number;
  width: number;
  overlay: number[];
}

const golden: GoldenOverlay[] = JSON.parse(readFileSync(new URL('../fixtures/overlay.json', import.meta.url), 'utf8'));

describe('overlayPixels', () => {
  it.each(golden)("equals v1's overlay of $height x $width pixels", ({ image, labels, height, width, overlay }) => {
    const pixels = overlayPixels(
      { data: Float64Array.from(image), height, width },
      { data: Uint8Array.from(labels), height, width },
    );
    expect([...pixels.data]).toEqual(overlay);
  });

  it('draws a constant image without dividing by 0', () => {
    const slice = { data: new Float32Array(4), height: 2, width: 2 };
    expect([...overlayPixels(slice, slice).data]).toEqual(new Array(12).fill(0));
  });

  it('refuses slices of different sizes', () => {
    const slice = { data: new Float32Array(4), height: 2, width: 2 };
    try {
      overlayPixels(slice, { data: new Uint8Array(4), height: 1, width: 4 });
      expect.unreachable();
    } catch (error) {
      expect(isNnUNetError(error, 'shape-mismatch')).toBe(true);
    }
  });
});

it('has the 15 colours', () => {
  expect(LABEL_COLORS).toHaveLength(15);
  expect(LABEL_COLORS[1]).toEqual([0x43, 0x63, 0xd8]);
  expect(LABEL_COLORS[14]).toEqual([0x46, 0x99, 0x90]);
});

it('gives sorted labels the colours in turn, and after the last the first of the foreground', () => {
  const colors = colorsOf([...Array.from({ length: 30 }, (_, i) => 3 * (29 - i)), 3]);
  expect([...colors.keys()]).toEqual(Array.from({ length: 30 }, (_, i) => 3 * i));
  const at = (place: number) => colors.get(3 * place);
  expect([at(0), at(14), at(15), at(28), at(29)]).toEqual([0, 14, 1, 14, 1].map((i) => LABEL_COLORS[i]));
  expect([LABEL_COLORS[10]!, LABEL_COLORS[3]!, [1, 2, 3] as const].map(cssColor)).toEqual([
    '#000075',
    '#3cb44b',
    '#010203',
  ]);
});

it('finds the least and the largest finite value', () => {
  const { NaN: none, POSITIVE_INFINITY: infinity } = Number;
  expect(extent(Float32Array.of(none, 3, -2, infinity, 7, -infinity))).toEqual([-2, 7]);
  expect(extent(Float32Array.of(-4))).toEqual([-4, -4]);
  expect(extent(Float32Array.of(none, infinity))).toEqual([0, 0]);
});

it('encodes pixels as PNG', () => {
  const data = Uint8Array.of(1, 2, 3, 250, 251, 252);
  const decoded = decode(encodePng({ data, width: 2, height: 1 }));
  expect([...decoded.data]).toEqual([...data]);
  expect([decoded.width, decoded.height, decoded.channels]).toEqual([2, 1, 3]);
});
