import type { StoredGraph } from '@nnunet/autodiff/graphs';
import type { NetworkParameter, ParameterStart } from './network-parameter.ts';

/** A network as plain data: parameters, and expressions in which sizes may depend on batch and patch. */
export interface StoredNetwork {
  /** In the order of files. */
  parameters: StoredParameter[];
  /** The patch that the network was made for, in voxels. */
  patchSize: number[];
  /** The network only computes patches of this size. */
  fixed?: true;
  training: StoredPass;
  /** If it differs from training: batch norms use running statistics, and there is no dropout. */
  prediction?: StoredPass;
}

/** `values` as base64 of float32 numbers. */
export type StoredParameter = Omit<NetworkParameter, 'start'> & {
  start: Exclude<ParameterStart, { values: ArrayLike<number> }> | { values: string };
};

/** The graph's outputs are those of the network, and mean and variance of each batch norm. Sizes are in place. */
export interface StoredPass extends StoredGraph {
  statistics?: readonly StoredStatistics[];
  /** Probability of each dropout. */
  dropouts?: readonly number[];
}

/** A batch norm: its name, that of the preceding bias, which is not included in the mean, and the number of voxels. */
export interface StoredStatistics {
  norm: string;
  bias?: string;
  count: number;
}
