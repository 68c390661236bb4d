import type { Block, ConvolutionLayer, ResidualBlock, UNetLayers, UpLayer } from './unet-layers.ts';

/** The operations of a U-Net, on values of type T: expressions, or names in an ONNX graph. */
export interface NetworkOperations<T> {
  /** Convolution, norm and nonlinearity. */
  block(x: T, block: Block): T;
  nonlinearity(x: T): T;
  /** Transposed convolution. */
  up(x: T, layer: UpLayer): T;
  /** The convolution of a head. */
  head(x: T, layer: ConvolutionLayer): T;
  averagePool(x: T, kernel: readonly number[]): T;
  /** Concatenates channels. */
  concat(a: T, b: T): T;
  add(a: T, b: T): T;
}

/**
 * Computes a U-Net.
 *
 * @returns logits, full resolution first: at every resolution above the bottleneck, or only at the highest
 */
export function computeUNet<T>(
  { encoder, decoder }: UNetLayers,
  operations: NetworkOperations<T>,
  { x, deepSupervision }: { x: T; deepSupervision: boolean },
): [T, ...T[]] {
  const stack = (value: T, blocks: readonly (Block | ResidualBlock)[]) =>
    blocks.reduce(
      (v, block) => (block.kind === 'block' ? operations.block(v, block) : computeResidual(operations, v, block)),
      value,
    );
  const skips: T[] = [];
  let value = x;
  for (const blocks of encoder) {
    value = stack(value, blocks);
    skips.push(value);
  }
  const outputs: T[] = [];
  for (const { up, blocks, head, stage } of decoder) {
    value = stack(operations.concat(operations.up(value, up), skips[stage]!), blocks);
    if (deepSupervision || stage === 0) outputs.unshift(operations.head(value, head));
  }
  return outputs as [T, ...T[]];
}

function computeResidual<T>(operations: NetworkOperations<T>, x: T, block: ResidualBlock): T {
  const main = operations.block(operations.block(x, block.first), block.second);
  const pooled = block.pool === undefined ? x : operations.averagePool(x, block.pool);
  const skip = block.projection === undefined ? pooled : operations.block(pooled, block.projection);
  return operations.nonlinearity(operations.add(main, skip));
}
