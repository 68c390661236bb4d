import { NnUNetError } from '@nnunet/errors';
import { bytesInWords, counted } from '@nnunet/errors/internal';
import { forecastCase, memoryOfCase, PROGRAM_BYTES, type StoredNetworks } from '@nnunet/inference/internal';
import { estimateStepMemory } from '@nnunet/network';
import { sizeOf } from '@nnunet/tensor';
import type { ImageGeometry } from '@nnunet/volume';
import { loaderMemory } from './loader-memory.ts';
import type { TrainingDecisions } from './training-decisions.ts';

export interface TuningMemory {
  /** Headers of the images, one per case. */
  images: readonly ImageGeometry[];
  batchSize: number;
  exactly: boolean;
  /** Bytes. */
  maxMemory: number;
}

/**
 * Estimates what fine-tuning takes, from the headers of the images: all prepared cases, and either the preparation of
 * one of them or the training steps. Returns the batch size to train with: `batchSize`, or if it need not be that, the
 * largest that fits.
 *
 * @param exactly whether the user chose the batch size
 * @throws NnUNetError 'memory-limit' if more than `maxMemory` is needed, naming the largest batch that fits
 */
export function fittingBatch(
  { rules }: Pick<StoredNetworks, 'rules'>,
  trainer: TrainingDecisions,
  { images, batchSize, exactly, maxMemory }: TuningMemory,
): number {
  let [prepared, preparing] = [0, 0];
  for (const image of images) {
    const forecast = forecastCase(rules, image);
    prepared += 4 * (rules.channels + 1) * sizeOf(forecast.networkShape);
    preparing = Math.max(preparing, memoryOfCase(rules, forecast, { sumBytes: 0 }).preparing);
  }
  const network = trainer.network();
  const steps = (batch: number) =>
    estimateStepMemory(network, trainer.patchSize, batch, {
      lowering: 'plain',
      optimizer: trainer.optimizer(),
    }).total + loaderMemory(trainer.recipe(batch), network.inputChannels, 0);
  const bytes = (batch: number) => PROGRAM_BYTES + prepared + Math.max(preparing, steps(batch));
  let fitting = batchSize;
  while (fitting > 0 && bytes(fitting) > maxMemory) fitting--;
  if (fitting === batchSize || (fitting > 0 && !exactly)) return fitting;
  throw new NnUNetError('memory-limit', {
    what: `fine-tuning with batches of ${batchSize} needs about ${bytesInWords(bytes(batchSize))} (${bytesInWords(prepared)} of them for ${counted(images.length, 'prepared case')}), but ${bytesInWords(maxMemory)} are allowed`,
    remedy:
      fitting > 0
        ? `\`batchSize\` ${fitting} fits, or give fewer cases.`
        : 'Give fewer or smaller cases, use a model with a smaller patch, or train with nnUNet_train.',
  });
}
