import { type NameAmong, usageError } from '@nnunet/errors';
import type { NetworkSettings } from './network-settings.ts';
import type { StoredNetwork } from './stored-network.ts';

/** The built-in architectures, after the classes of v1 (the first two) and v2, whose parameter names they use. */
export type ShippedArchitecture = 'Generic_UNet' | 'FabiansUNet' | 'PlainConvUNet' | 'ResidualEncoderUNet';

/** A network in plain JSON, stored in model files so that it can be rebuilt without plans, trainer or plug-ins. */
export interface NetworkDescription extends NetworkSettings {
  /** Name of a built-in architecture, or of your own. */
  architecture: NameAmong<ShippedArchitecture>;
  /** The computation, unless the architecture is built in. */
  graph?: StoredNetwork;
}

/** Returns the voxels along each axis of a patch that become one voxel at the bottleneck. */
export function patchDivisor({ dimension, pools }: NetworkSettings): number[] {
  return Array.from({ length: dimension }, (_, axis) => pools.reduce((product, pool) => product * pool[axis]!, 1));
}

/** Returns the spatial sizes per stage for a patch, full resolution first, bottleneck last. */
export function stageSizes(
  description: Omit<NetworkDescription, 'architecture'>,
  patchSize: readonly number[],
): number[][] {
  const { dimension, pools, graph } = description;
  if (graph?.fixed && graph.patchSize.join() !== patchSize.join()) {
    throw usageError({
      what: `a patch of ${patchSize.join(' x ')} voxels does not fit a network for ${graph.patchSize.join(' x ')}`,
      remedy: 'This architecture makes a network for one patch size: that of the plans.',
    });
  }
  if (patchSize.length !== dimension) {
    throw usageError({ what: `a patch with ${patchSize.length} axes does not fit a network with ${dimension}` });
  }
  const divisor = patchDivisor(description);
  if (patchSize.some((n, i) => !Number.isInteger(n / divisor[i]!) || n < 1)) {
    throw usageError({
      what: `a patch of ${patchSize.join(' x ')} voxels is not divisible by the poolings of the network`,
      remedy: `Use a multiple of ${divisor.join(' x ')}.`,
    });
  }
  const sizes = [[...patchSize]];
  for (const pool of pools) sizes.push(sizes.at(-1)!.map((n, i) => n / pool[i]!));
  return sizes;
}

/**
 * Returns the shapes of the outputs for a batch, (samples, classes, …spatial), full resolution first: one per pool with
 * deep supervision, otherwise one.
 */
export function outputShapes(
  description: Omit<NetworkDescription, 'architecture'>,
  patchSize: readonly number[],
  samples: number,
): [samples: number, classes: number, ...size: number[]][] {
  const { classes, deepSupervision, pools } = description;
  const sizes = stageSizes(description, patchSize).slice(0, deepSupervision ? Math.max(1, pools.length) : 1);
  return sizes.map((size) => [samples, classes, ...size]);
}
