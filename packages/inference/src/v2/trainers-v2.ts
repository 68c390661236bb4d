/**
 * v2's trainers that use the network of the plans, or change it in a supported way, without the prefix `nnUNetTrainer`.
 * Origin: v2's folder of trainer variants.
 */
const known = [
  /^_?\d+epochs?(_NoMirroring)?$/,
  /^Benchmark_5epochs(_noDataLoading)?$/,
  /^(DA5(ord0|Segord0|_10epochs)?|DAOrd0|_DASegOrd0(_NoMirroring)?|NoDA|_fasterDA|_noDummy2DDA)$/,
  /^(NoMirroring|_onlyMirror01|_onlyMirror01_1500ep|_onlyMirror01_DASegOrd0)$/,
  /^(CELoss|DiceLoss|DiceCELoss_noSmooth|TopkLoss|Topk10Loss(LS01)?|TopK10Loss|Topk10LossLS01|DiceTopK10Loss)(_\d+epochs)?$/,
  /^(CosAnneal|_warmup|BN|NoDeepSupervision)$/,
  /^(Vanilla)?(Adam|RAdam|AdamW|Adan)(\den\d)?(CosAnneal)?$/,
  /^_probabilisticOversampling(_\d+)?$/,
  /^_(betterIgnoreSampling|ignoreLabel_lossBalancing|fixCEAggr)[A-Za-z0-9_]*$/,
];

/** Returns whether a trainer's network is known: the plans describe it, but a trainer class may replace it. */
export function isKnownTrainerV2(trainer: string): boolean {
  if (trainer === 'nnUNetTrainer') return true;
  if (!trainer.startsWith('nnUNetTrainer')) return false;
  const rest = trainer.slice('nnUNetTrainer'.length);
  return known.some((pattern) => pattern.test(rest));
}
