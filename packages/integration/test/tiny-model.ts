import { tinyPlans } from '@nnunet/testing';
import { describePlanned, writeFold } from '../../inference/src/node/noise-task.fixture.ts';

/** Writes a model of one fold whose weights are drawn, not trained: enough to see whether a prediction arrives. */
export function writeTinyModel(folder: string): void {
  writeFold(folder, describePlanned(tinyPlans([24, 32, 24], { size: [36, 50, 35], spacing: [1.2, 1.2, 1.2] })));
}
