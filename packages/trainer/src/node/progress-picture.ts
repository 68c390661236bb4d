import { renderTrainingCurves } from '@nnunet/plot';
import { svgToPng } from '@nnunet/plot/node';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { TrainingLog } from '../training-log.ts';

/** Draws `progress.png`: losses and the online Dice by epoch. */
export async function writeProgressPicture(path: string, log: TrainingLog, title?: string): Promise<void> {
  const svg = renderTrainingCurves(log, { title, metricName: 'foreground Dice (estimate)' });
  await writeFileAtomic(path, svgToPng(svg));
}
