export const normKinds = ['instance', 'batch', 'group', 'filterResponse', 'none'] as const;
export type NormKind = (typeof normKinds)[number];

export const nonlinearities = ['leakyRelu', 'gelu', 'mish', 'none'] as const;

/**
 * What the plans and a trainer decide about a network. Spatial lists have `dimension` entries, in the axis order of the
 * data. Stages go from full resolution to the bottleneck.
 */
export interface NetworkSettings {
  dimension: 2 | 3;
  inputChannels: number;
  /** Output channels: background and classes, or regions. */
  classes: number;
  /** Channels per stage, bottleneck last: one more entry than pools. */
  features: number[];
  /** Strides from each stage to the next; also the kernels of the decoder's transposed convolutions. */
  pools: number[][];
  /** Convolution kernels per stage, bottleneck last. */
  kernels: number[][];
  convolutionsPerStage: number;
  /** Convolutions, or residual blocks, per stage of the encoder. Default: `convolutionsPerStage` in each. */
  encoderBlocks?: number[];
  /** Convolutions per step of the decoder, from the bottleneck upwards. Default: `convolutionsPerStage` in each. */
  decoderBlocks?: number[];
  /** Whether the convolutions of the blocks have a bias. */
  convolutionBias: boolean;
  /** Whether the up-convolutions have a bias. Default: false. */
  upBias?: boolean;
  /** Whether the heads have a bias. Default: false. */
  headBias?: boolean;
  /** Norm after each convolution of a block. */
  norm: NormKind;
  normEpsilon: number;
  /** Groups of a group norm. Default: 8. */
  normGroups?: number;
  /** Default: leaky ReLU. 'none': a filter response norm has its own threshold. */
  nonlinearity?: (typeof nonlinearities)[number];
  /** Slope of the leaky ReLU below zero; 0 for a ReLU. */
  negativeSlope: number;
  /** Order convolution, nonlinearity, norm instead of convolution, norm, nonlinearity. Default: false. */
  nonlinearityFirst?: boolean;
  /**
   * How weights are initialised: `slope` in He's rule (default: `negativeSlope`); whether norms before a residual sum
   * start at 0.
   */
  initialisation?: { slope?: number; zeroResidualNorms?: boolean };
  /** Outputs at every resolution above the bottleneck; otherwise only at the highest. */
  deepSupervision: boolean;
}
