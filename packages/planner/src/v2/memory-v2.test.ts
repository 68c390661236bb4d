import { expect, it } from 'vitest';
import { featureMapSizeV2 } from './memory-v2.ts';

/** The parts of a description that count. */
function valuesOf(stages: { plain?: number[]; blocks?: number[]; decoder: number[] }): number {
  const { plain, blocks, decoder } = stages;
  const arch_kwargs = {
    features_per_stage: [4, 8, 16].slice(0, decoder.length + 1),
    strides: [[1, 1], [2, 2], [2, 2]].slice(0, decoder.length + 1), // biome-ignore format: a row
    ...(plain ? { n_conv_per_stage: plain } : { n_blocks_per_stage: blocks! }),
    n_conv_per_stage_decoder: decoder,
  };
  return featureMapSizeV2({ arch_kwargs } as Parameters<typeof featureMapSizeV2>[0], [16, 8], 3);
}

// Values of compute_conv_feature_map_size of dynamic_network_architectures 0.4.4 for these networks, three outputs and a
// patch of 16 x 8.
it('counts the convolutions of the decoder from the lowest resolution', () => {
  expect(valuesOf({ plain: [2, 2, 2], decoder: [1, 3] })).toBe(4736);
  expect(valuesOf({ blocks: [1, 2, 3], decoder: [1, 3] })).toBe(6656);
});

it('counts no output of a network of one stage', () => {
  expect(valuesOf({ plain: [2], decoder: [] })).toBe(1024);
  expect(valuesOf({ blocks: [1], decoder: [] })).toBe(1536);
});
