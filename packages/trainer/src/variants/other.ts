import { crossEntropy } from '@nnunet/network/losses';
import { type Changes, copiesOf, variantsOf } from './variants-of.ts';

const short: Changes = { settings: { epochs: 5 } };
const shallow: Changes = { network: { deepSupervision: false } };

/**
 * Variants of nnUNetTrainerV2 that train as it does, or only for a few epochs, to measure the time. Unlike in v1 the short
 * ones keep and validate their models. Origin: v1's nnUNet_variants/benchmarking, copies, miscellaneous, resampling.
 */
export const otherVariants = variantsOf('nnUNetTrainerV2', {
  /** Computes in float32, as every training here does. */
  _fp32: {},
  /** As nnUNetTrainerV2, in v1 too. */
  _resample33: {},
  // For several sessions in v1; here every trainer can use them.
  _DP: {},
  _DDP: {},
  // To see how much results vary; give each another seed.
  ...copiesOf('', {}),
  _2epochs: { settings: { epochs: 2 } },
  _5epochs: short,
  _5epochs_noDS: { ...short, ...shallow },
  _5epochs_CEnoDS: { ...short, ...shallow, loss: crossEntropy },
});
