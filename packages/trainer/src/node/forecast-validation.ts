import { countEvaluations } from '@nnunet/inference/internal';
import { openPreparedCase } from '@nnunet/store';
import type { TrainingDecisions } from '../training-decisions.ts';

/** Reading, restoring, writing and scoring a case, beside the network. */
const CASE_SECONDS = 0.3;
/** A tile in prediction beside one of an evaluated batch, which also forms the loss. */
const TILE_SHARE = 0.9;

/**
 * Estimates the seconds that predicting and scoring prepared cases takes: the tiles of each in all mirrored versions.
 *
 * @param patchSeconds forward pass of one patch
 */
export async function forecastValidation(
  stageFolder: string,
  caseIds: readonly string[],
  trainer: TrainingDecisions,
  patchSeconds: number,
): Promise<number> {
  let evaluations = 0;
  for (const id of caseIds) {
    const prepared = await openPreparedCase(stageFolder, id);
    const [, z, y, x] = prepared.shape;
    await prepared.close();
    evaluations += countEvaluations({
      imageSize: [z!, y!, x!],
      patchSize: trainer.patchSize,
      mirrorAxes: trainer.mirrorAxes(),
    });
  }
  return evaluations * patchSeconds * TILE_SHARE + caseIds.length * CASE_SECONDS;
}
