import type { NetworkVariant } from './describe-network.ts';

const relu: NetworkVariant = { negativeSlope: 0 };
/** Weights drawn for a ReLU whatever the nonlinearity, as v1 does in several variants. */
const drawnForRelu: NetworkVariant = { initialisation: { slope: 0 } };

const residual: NetworkVariant = { architecture: 'FabiansUNet', convolutionBias: false, headBias: true };

/** v1's trainers that change the network, without `nnUNetTrainerV2_`. Origin: v1's architectural_variants. */
const variants: Record<string, NetworkVariant> = {
  '3ConvPerStage': { convolutionsPerStage: 3, baseFeatures: 24 },
  '3ConvPerStageSameFilters': { convolutionsPerStage: 3 },
  BN: { norm: 'batch' },
  FRN: { norm: 'filterResponse', normEpsilon: 1e-6, nonlinearity: 'none' },
  GN: { norm: 'group', normGroups: 8 },
  GeLU: { nonlinearity: 'gelu' },
  LReLU_slope_2en1: { negativeSlope: 0.2, ...drawnForRelu },
  Mish: { nonlinearity: 'mish', ...drawnForRelu },
  NoNormalization: { norm: 'none' },
  NoNormalization_lr1en3: { norm: 'none' },
  ReLU: relu,
  ReLU_biasInSegOutput: { ...relu, headBias: true },
  ReLU_convReLUIN: { ...relu, nonlinearityFirst: true },
  lReLU_biasInSegOutput: { headBias: true, ...drawnForRelu },
  lReLU_convReLUIN: { nonlinearityFirst: true },
  ResencUNet: residual,
  ResencUNet_DA3: residual,
  ResencUNet_DA3_BN: { ...residual, norm: 'batch' },
  ResencUNet_SimonsInit: { ...residual, initialisation: { zeroResidualNorms: true } },
  ResencUNet_SimonsInit_DA5: { ...residual, initialisation: { zeroResidualNorms: true } },
  allConv3x3: { kernel: 3 },
  noDeepSupervision: { deepSupervision: false },
  DA3_BN: { norm: 'batch' },
  MMS: { norm: 'batch' },
};

/** v1's other trainers: those named `nnUNetTrainerV2`, or `nnUNetTrainerV2_` and one of these, use its network. */
const plain = new Set(
  `2epochs 2epochs_dummyLoad 5epochs 5epochs_CEnoDS 5epochs_dummyLoad 5epochs_dummyLoadCEnoDS 5epochs_noDS Adam
  Adam_ReduceOnPlateau Adam_nnUNetTrainerlr DA2 DA3 DA5 DDP DDP_5epochs DDP_5epochs_dummyLoad DP ForceBD ForceSD Loss_CE
  Loss_CEGDL Loss_Dice Loss_DiceCE_noSmooth Loss_DiceTopK10 Loss_Dice_LR1en3 Loss_Dice_squared Loss_DicewithBG
  Loss_DicewithBG_LR1en3 Loss_MCC Loss_MCCnoBG Loss_TopK10 Ranger_lr1en2 Ranger_lr3en3 Ranger_lr3en4 SGD_ReduceOnPlateau
  SGD_fixedSchedule SGD_fixedSchedule2 SGD_lr1en1 SGD_lr1en3 SegLoss_Focal cycleAtEnd cycleAtEnd2 fp16 fp32 fullEvals
  graduallyTransitionFromCEToDice independentScalePerAxis insaneDA momentum09 momentum095 momentum098 momentum09in2D
  noDataAugmentation noMirroring reduceMomentumDuringTraining resample33 softDeepSupervision warmup`.split(/\s+/),
);

/**
 * Returns how a v1 trainer changes the network of the plans; {} if it does not, undefined for a name that v1 does not
 * have.
 *
 * @param trainer name of the class, e.g. 'nnUNetTrainerV2_BN'
 */
export function networkVariantOf(trainer: string): NetworkVariant | undefined {
  const name = trainer.replace(/_copy[1-4]$/, '');
  if (['nnUNetTrainer', 'nnUNetTrainerCE', 'nnUNetTrainerNoDA', 'nnUNetTrainerCascadeFullRes'].includes(name)) {
    return { deepSupervision: false };
  }
  const [, rest] = /^nnUNetTrainerV2(.*)$/.exec(name) ?? [];
  if (rest === undefined) return undefined;
  if (/^CascadeFullRes(_|$)/.test(rest) || rest === '') return {};
  if (/^BraTSRegions(_|$)/.test(rest)) return /_BN(_BD)?$/.test(rest) ? { norm: 'batch' } : {};
  const own = rest.slice(1);
  return rest.startsWith('_') ? (variants[own] ?? (plain.has(own) ? {} : undefined)) : undefined;
}
