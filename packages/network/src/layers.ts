import type { NetworkDescription } from './network-description.ts';

/** Its parameters are `name.weight` (outputs, inputs, …kernel) and, with a bias, `name.bias`. Padding keeps the size. */
export interface ConvolutionLayer {
  readonly kind: 'convolution';
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly bias: boolean;
}

/** Transposed convolution, kernel = stride, weights (inputs, outputs, …kernel). */
export interface UpLayer {
  readonly kind: 'up';
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: readonly number[];
  readonly bias: boolean;
}

/** Its parameters are `name.weight`, `name.bias`, and what the kind of norm adds. */
export interface NormLayer {
  readonly kind: 'norm';
  readonly name: string;
  readonly channels: number;
  /** Whether a residual sum follows. */
  readonly beforeSum: boolean;
}

export type ParameterLayer = ConvolutionLayer | UpLayer | NormLayer;

/** A convolution with norm and, where `activated`, nonlinearity. */
export interface Block {
  readonly kind: 'block';
  readonly convolution: ConvolutionLayer;
  readonly norm: NormLayer | undefined;
  readonly activated: boolean;
}

/** nonlinearity(second(first(x)) + skip(x)), the skip being an average pooling, a block without nonlinearity, or both. */
export interface ResidualBlock {
  readonly kind: 'residual';
  readonly first: Block;
  readonly second: Block;
  readonly pool: readonly number[] | undefined;
  readonly projection: Block | undefined;
}

export interface DecoderStep {
  readonly up: UpLayer;
  readonly blocks: readonly Block[];
  /** 1x1 convolution to the classes. */
  readonly head: ConvolutionLayer;
  /** Encoder stage whose output is joined, and whose resolution this step has. */
  readonly stage: number;
}

export interface UNetLayers {
  /** Per stage, bottleneck last. */
  readonly encoder: readonly (readonly (Block | ResidualBlock)[])[];
  /** From the bottleneck upwards. */
  readonly decoder: readonly DecoderStep[];
  /** All layers with parameters, in the order of PyTorch's state dict. */
  readonly order: readonly ParameterLayer[];
}

/** Of a block: channels, convolution, and what follows it. */
export interface BlockShape {
  inputs: number;
  outputs: number;
  kernel: readonly number[];
  stride?: readonly number[];
  bias?: boolean;
  activated?: boolean;
  beforeSum?: boolean;
}

/** Makes a block from the names of its layers. */
export function makeBlock(
  description: NetworkDescription,
  block: BlockShape & { convolution: string; norm: string },
): Block {
  const { inputs, outputs, kernel, stride = ones(description), bias = description.convolutionBias } = block;
  const { activated = true, beforeSum = false } = block;
  return {
    kind: 'block',
    convolution: { kind: 'convolution', name: block.convolution, inputs, outputs, kernel, stride, bias },
    norm: description.norm === 'none' ? undefined : { kind: 'norm', name: block.norm, channels: outputs, beforeSum },
    activated,
  };
}

export function makeHead(description: NetworkDescription, name: string, inputs: number): ConvolutionLayer {
  const [kernel, bias] = [ones(description), description.headBias ?? false];
  return { kind: 'convolution', name, inputs, outputs: description.classes, kernel, stride: kernel, bias };
}

/** The up-convolution to an encoder stage. */
export function makeUp({ features, pools, upBias }: NetworkDescription, name: string, stage: number): UpLayer {
  return {
    kind: 'up',
    name,
    inputs: features[stage + 1],
    outputs: features[stage],
    kernel: pools[stage],
    bias: upBias ?? false,
  };
}

/** Layers of blocks, in the order in which PyTorch registers them. */
export function layersOf(blocks: readonly (Block | ResidualBlock)[]): ParameterLayer[] {
  return blocks.flatMap((block): ParameterLayer[] => {
    if (block.kind === 'block') return block.norm === undefined ? [block.convolution] : [block.convolution, block.norm];
    const parts = [block.first, block.second];
    return layersOf(block.projection === undefined ? parts : [...parts, block.projection]);
  });
}

export function ones({ dimension }: NetworkDescription): number[] {
  return new Array<number>(dimension).fill(1);
}

/** Blocks per stage of the encoder, and per step of the decoder. */
export function blockCounts(description: NetworkDescription): { encoder: number[]; decoder: number[] } {
  const { features, pools, convolutionsPerStage: count } = description;
  return {
    encoder: description.encoderBlocks ?? features.map(() => count),
    decoder: description.decoderBlocks ?? pools.map(() => count),
  };
}
