import { product } from '../percentile.ts';
import type { NetworkPlansV2 } from './plans-v2.ts';

/**
 * Estimates the memory of a network for one patch by the number of values in its feature maps, without deep
 * supervision.
 * Origin: dynamic_network_architectures' compute_conv_feature_map_size.
 *
 * @param patch voxels, network order
 * @param outputs v2 counts the entries of `labels` in dataset.json: background, regions and ignore label one each
 */
export function featureMapSizeV2(
  { arch_kwargs }: Pick<NetworkPlansV2, 'arch_kwargs'>,
  patch: readonly number[],
  outputs: number,
): number {
  const { features_per_stage: features, strides, n_conv_per_stage: plain, n_blocks_per_stage: blocks } = arch_kwargs;
  const { n_conv_per_stage_decoder: decoder } = arch_kwargs;
  let size = patch;
  const voxels = strides.map((stride) => {
    size = size.map((edge, axis) => Math.floor(edge / stride[axis]!));
    return product(size);
  });
  // A network of one stage has no decoder, and so no output.
  let sum = decoder.length > 0 ? outputs * voxels[0]! : 0;
  // The stem.
  if (blocks !== undefined) sum += features[0]! * product(patch);
  for (const [stage, count] of voxels.entries()) {
    const map = features[stage]! * count;
    sum += (plain?.[stage] ?? 2 * blocks![stage]!) * map;
    const projects =
      strides[stage]!.some((step) => step !== 1) || (stage > 0 && features[stage] !== features[stage - 1]);
    if (blocks !== undefined && projects) sum += map;
    // The decoder's convolutions and its transposed convolution. It is listed from the lowest resolution.
    if (stage < decoder.length) sum += (decoder[decoder.length - 1 - stage]! + 1) * map;
  }
  return sum;
}
