import { readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { LABEL_COLORS } from './label-colors.ts';
import { encodePng, overlayPixels } from './pixels.ts';
import { sliceWithMostForeground, takeSlice } from './slice.ts';

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

it('encodes pixels as PNG', () => {
  const data = Uint8Array.of(1, 2, 3, 250, 251, 252);
  const decoded = decode(encodePng({ data, width: 2, height: 1 }));
  expect([...decoded.data]).toEqual([...data]);
  expect([decoded.width, decoded.height, decoded.channels]).toEqual([2, 1, 3]);
});

it('takes the first slice with the most foreground', () => {
  const labels = Uint8Array.of(0, 1, 0, 0, 2, 2, 0, 1, 1, 1, 0, 0);
  const z = sliceWithMostForeground(labels, [3, 2, 2]);
  expect(z).toBe(1);
  expect([...takeSlice(labels, [3, 2, 2], z).data]).toEqual([2, 2, 0, 1]);
});
