import type { Loss } from '@nnunet/network';
import { crossEntropy } from '@nnunet/network/losses';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import type { TrainingSettings } from '../training-settings.ts';
import { nnUNetTrainerV2_noDeepSupervision } from './network.ts';

/*
 * Variants of nnUNetTrainerV2 that train as it does, or only for a few epochs, to measure the time. Unlike in v1 the short
 * ones keep and validate their models. Origin: v1's nnUNet_variants/benchmarking, copies, miscellaneous, resampling.
 */

/** Computes in float32, as every training here does. */
export class nnUNetTrainerV2_fp32 extends nnUNetTrainerV2 {}

/** As nnUNetTrainerV2, in v1 too. */
export class nnUNetTrainerV2_resample33 extends nnUNetTrainerV2 {}

/* For several sessions in v1; here every trainer can use them. */
export class nnUNetTrainerV2_DP extends nnUNetTrainerV2 {}
export class nnUNetTrainerV2_DDP extends nnUNetTrainerV2 {}

/* Same training in a folder of its own, to see how much results vary (give each another --seed). */
export class nnUNetTrainerV2_copy1 extends nnUNetTrainerV2 {}
export class nnUNetTrainerV2_copy2 extends nnUNetTrainerV2 {}
export class nnUNetTrainerV2_copy3 extends nnUNetTrainerV2 {}
export class nnUNetTrainerV2_copy4 extends nnUNetTrainerV2 {}

export class nnUNetTrainerV2_2epochs extends nnUNetTrainerV2 {
  override settings(): TrainingSettings {
    return { ...super.settings(), epochs: 2 };
  }
}

export class nnUNetTrainerV2_5epochs extends nnUNetTrainerV2 {
  override settings(): TrainingSettings {
    return { ...super.settings(), epochs: 5 };
  }
}

export class nnUNetTrainerV2_5epochs_noDS extends nnUNetTrainerV2_noDeepSupervision {
  override settings(): TrainingSettings {
    return { ...super.settings(), epochs: 5 };
  }
}

export class nnUNetTrainerV2_5epochs_CEnoDS extends nnUNetTrainerV2_5epochs_noDS {
  override loss(): Loss {
    return crossEntropy();
  }
}
