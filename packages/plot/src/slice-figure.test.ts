import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { renderSlice } from './slice-figure.ts';

const image = { data: Float32Array.of(0, 50, 100, 150, 200, 250), height: 2, width: 3 };
const colors = new Map([
  [0, [0, 0, 0]],
  [1, [67, 99, 216]],
  [2, [245, 130, 49]],
] as const);

/** The pixels of the images in an SVG. */
function imagesIn(svg: string) {
  return [...svg.matchAll(/href="data:image\/png;base64,([^"]+)"/g)].map(([, base64]) =>
    decode(Buffer.from(base64!, 'base64')),
  );
}

it('has the image with its intensities from black to white, and the proportions in mm', () => {
  const svg = renderSlice({ image, colors, spacing: [3, 1], range: [50, 200] });
  expect(svg).toMatch(/^<svg [^>]*width="160" height="320" viewBox="0 0 3 2"/);
  const [{ data, channels, width, height }] = imagesIn(svg) as [ReturnType<typeof decode>];
  expect([channels, width, height]).toEqual([1, 3, 2]);
  expect([...data]).toEqual([0, 0, 85, 170, 255, 255]);
});

it('fills and outlines each label, and tells outlines apart by dashes', () => {
  const labels = { data: Uint8Array.of(1, 1, 0, 0, 2, 0), height: 2, width: 3 };
  const svg = renderSlice({ image, labels, colors });
  const paths = [...svg.matchAll(/<path d="([^"]+)" ([^>]*)\/>/g)];
  expect(paths.map(([, d]) => d)).toEqual([
    'M0 0h2v1h-2z',
    'M0 0h2M0 1h2M0 0v1M2 0v1',
    'M1 1h1v1h-1z',
    'M1 1h1M1 2h1M1 1v1M2 1v1',
  ]);
  const attributes = paths.map(([, , rest]) => rest);
  expect(attributes[0]).toContain('fill="#4363d8"');
  expect(attributes[1]).toContain('stroke="#4363d8"');
  expect(attributes[1]).not.toContain('dasharray');
  expect(attributes[3]).toContain('stroke-dasharray="5 2.5"');
  // Label 0 needs no colour.
  expect(renderSlice({ image, labels, colors: new Map([...colors].slice(1)) })).toBe(svg);
});

it('draws other labels as white outlines above, and no shapes without labels', () => {
  const outlines = { data: Uint8Array.of(0, 0, 2, 0, 0, 2), height: 2, width: 3 };
  const paths = [...renderSlice({ image, outlines, colors }).matchAll(/<path d="([^"]+)" ([^>]*)\/>/g)];
  expect(paths.map(([, d]) => d)).toEqual(['M2 0h1M2 2h1M2 0v2M3 0v2', 'M2 0h1M2 2h1M2 0v2M3 0v2']);
  expect(paths[1]![2]).toContain('stroke="#ffffff"');
  expect(renderSlice({ image, outlines: { ...outlines, data: new Uint8Array(6) }, colors })).not.toContain('<path');
});

it('draws heat from transparent over orange to white', () => {
  const heat = { data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 2), height: 2, width: 3 };
  const [, { data }] = imagesIn(renderSlice({ image, heat, colors })) as ReturnType<typeof decode>[] as [
    never,
    ReturnType<typeof decode>,
  ];
  const pixels = Array.from({ length: 6 }, (_, i) => [...data.slice(4 * i, 4 * i + 4)]);
  expect(pixels[0]![3]).toBe(0);
  expect(pixels[1]).toEqual([255, 140, 0, 127]);
  expect(pixels[2]).toEqual([255, 140, 0, 255]);
  expect(pixels[4]).toEqual([255, 255, 255, 255]);
  expect(pixels[5]).toEqual(pixels[4]);
});

it('keeps no more than 256 pixels along an edge', () => {
  const large = { data: new Float32Array(600 * 300), height: 600, width: 300 };
  const [{ width, height }] = imagesIn(renderSlice({ image: large, colors })) as [ReturnType<typeof decode>];
  expect([width, height]).toEqual([128, 256]);
});

it('names slices of another size', () => {
  const labels = { data: new Uint8Array(4), height: 2, width: 2 };
  expect(() => renderSlice({ image, labels, colors })).toThrow(/the slice of labels has 2 x 2/);
});
