import { expect, it } from 'vitest';
import { svgToPng } from './node/svg-to-png.ts';
import { renderUNets, type UNetDiagram } from './unet-diagram.ts';

const diagram: UNetDiagram = {
  title: '3d_fullres <b>',
  input: '1 channel',
  output: '3 classes',
  outputs: 2,
  levels: [
    { features: 32, size: [40, 56, 40], kernel: [3, 3, 3], decoderKernel: [1, 3, 3], convolutions: 2 },
    {
      features: 64,
      size: [20, 28, 20],
      kernel: [3, 3, 3],
      decoderKernel: [3, 3, 3],
      stride: [2, 2, 2],
      convolutions: 2,
    },
    { features: 128, size: [10, 14, 20], kernel: [3, 3, 3], stride: [2, 2, 1], convolutions: 2 },
  ],
  notes: ['patch 40 x 56 x 40'],
};

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

it('shows features, sizes, kernels and strides of every level', () => {
  const all = texts(renderUNets([diagram]));
  expect(all.filter((text) => text === '64 features, 20 × 28 × 20')).toHaveLength(2);
  expect(all.filter((text) => text === '128 features, 10 × 14 × 20')).toHaveLength(1);
  expect(all.filter((text) => text === '2 convolutions, kernel 1 × 3 × 3')).toHaveLength(1);
  for (const text of [
    '3d_fullres &lt;b&gt;',
    '1 channel',
    '3 classes',
    'stride 2 × 2 × 1',
    'up 2 × 2 × 1',
    'patch 40 x 56 x 40',
  ])
    expect(all).toContain(text);
});

it('draws one skip connection a level above the bottleneck, and one output a supervised level', () => {
  const arrows = (outputs: number) => renderUNets([{ ...diagram, outputs }]).match(/<polygon/g)!.length;
  // input, 2 downwards, 2 upwards, 2 skips
  expect(arrows(0)).toBe(7);
  expect(arrows(2)).toBe(9);
});

it('stacks several networks and becomes a picture', () => {
  const height = (svg: string) => Number(/height="([\d.]+)"/.exec(svg)![1]);
  const one = height(renderUNets([diagram]));
  expect(height(renderUNets([diagram, diagram]))).toBeGreaterThan(1.8 * one - 40);
  expect([...svgToPng(renderUNets([diagram])).subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
});
