import type { NetworkSettings } from './network-settings.ts';

/**
 * A convolution with the parameters `name.weight` (outputs, inputs, …kernel) and, with a bias, `name.bias`. Padding
 * preserves the size.
 */
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

/** A norm with the parameters `name.weight`, `name.bias` and those that its kind adds. */
export interface NormLayer {
  readonly kind: 'norm';
  readonly name: string;
  readonly channels: number;
  /** Whether a residual sum follows. */
  readonly beforeSum: boolean;
}

export type ParameterLayer = ConvolutionLayer | UpLayer | NormLayer;

/** A convolution with a norm and, if `activated`, a nonlinearity. */
export interface Block {
  readonly kind: 'block';
  readonly convolution: ConvolutionLayer;
  readonly norm: NormLayer | undefined;
  readonly activated: boolean;
}

/**
 * nonlinearity(second(first(x)) + skip(x)), where skip is an average pooling, a block without nonlinearity, or both.
 */
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

/** Shape of a block: channels, convolution and what follows it. */
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
export function makeBlock(settings: NetworkSettings, block: BlockShape & { convolution: string; norm: string }): Block {
  const { inputs, outputs, kernel, stride = ones(settings), bias = settings.convolutionBias } = block;
  const { activated = true, beforeSum = false } = block;
  return {
    kind: 'block',
    convolution: { kind: 'convolution', name: block.convolution, inputs, outputs, kernel, stride, bias },
    norm: settings.norm === 'none' ? undefined : { kind: 'norm', name: block.norm, channels: outputs, beforeSum },
    activated,
  };
}

/** Makes the two blocks of a residual block; the second is activated after the sum. */
export function residualBlock(
  settings: NetworkSettings,
  { inputs, outputs, kernel, stride }: BlockShape & { stride: readonly number[] },
  names: (convolution: 1 | 2) => { convolution: string; norm: string },
): Pick<ResidualBlock, 'kind' | 'first' | 'second'> {
  const second = { inputs: outputs, outputs, kernel, activated: false, beforeSum: true };
  return {
    kind: 'residual',
    first: makeBlock(settings, { ...names(1), inputs, outputs, kernel, stride }),
    second: makeBlock(settings, { ...names(2), ...second }),
  };
}

/**
 * Position of a block: its index in a stage of the encoder or a step of the decoder, and the number of blocks there.
 */
export interface BlockPlace {
  stage: number;
  index: number;
  count: number;
}

/**
 * Makes the encoder's blocks by stage; the first of each stage reduces the previous stage to its size and channels.
 *
 * @param inputs channels of the first stage's input
 */
export function encoderStages<B>(
  settings: NetworkSettings,
  inputs: number,
  block: (shape: BlockShape & { stride: readonly number[] }, place: BlockPlace) => B,
): B[][] {
  const { features, pools, kernels, encoderBlocks, convolutionsPerStage } = settings;
  const whole = ones(settings);
  return features.map((outputs, stage) => {
    const count = encoderBlocks?.[stage] ?? convolutionsPerStage;
    const first = { inputs: features[stage - 1] ?? inputs, stride: pools[stage - 1] ?? whole };
    const shape = { outputs, kernel: kernels[stage]! };
    return Array.from({ length: count }, (_, index) =>
      block({ ...shape, ...(index === 0 ? first : { inputs: outputs, stride: whole }) }, { stage, index, count }),
    );
  });
}

/**
 * Makes the decoder's steps from the bottleneck upwards, given the names of their layers.
 *
 * @param kernels of the stages whose outputs are joined
 */
export function decoderSteps(
  settings: NetworkSettings,
  kernels: readonly (readonly number[])[],
  names: {
    up(step: number): string;
    block(place: BlockPlace): { convolution: string; norm: string };
    head(step: number): string;
  },
): DecoderStep[] {
  const { features, pools, classes, upBias = false, headBias = false, decoderBlocks, convolutionsPerStage } = settings;
  const point = ones(settings);
  return pools.map((_, step) => {
    const stage = pools.length - 1 - step;
    const [outputs, kernel, pool] = [features[stage]!, kernels[stage]!, pools[stage]!];
    const count = decoderBlocks?.[step] ?? convolutionsPerStage;
    const blocks = Array.from({ length: count }, (_, index) => {
      const inputs = index === 0 ? 2 * outputs : outputs;
      return makeBlock(settings, { ...names.block({ stage: step, index, count }), inputs, outputs, kernel });
    });
    const shape = { inputs: outputs, outputs: classes, kernel: point, stride: point, bias: headBias };
    return {
      up: { kind: 'up', name: names.up(step), inputs: features[stage + 1]!, outputs, kernel: pool, bias: upBias },
      blocks,
      head: { kind: 'convolution', name: names.head(step), ...shape },
      stage,
    };
  });
}

/** Returns the layers of blocks, in PyTorch's order of registration. */
export function layersOf(blocks: readonly (Block | ResidualBlock)[]): ParameterLayer[] {
  return blocks.flatMap((block): ParameterLayer[] => {
    if (block.kind === 'block') return block.norm === undefined ? [block.convolution] : [block.convolution, block.norm];
    const parts = [block.first, block.second];
    return layersOf(block.projection === undefined ? parts : [...parts, block.projection]);
  });
}

export function ones({ dimension }: NetworkSettings): number[] {
  return new Array<number>(dimension).fill(1);
}
