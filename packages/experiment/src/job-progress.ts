import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import { readCheckpointJson } from '@nnunet/inference/node/internal';
import { FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { stateFromJson } from '@nnunet/trainer/internal';
import type { ExperimentContext } from './experiment-context.ts';
import { foldFolder } from './experiment-models.ts';
import type { Job } from './job.ts';
import { folderOfPrediction, membersOf } from './job-command.ts';

/**
 * Returns a text that changes with every piece of a job's work that need not be done again: the iterations of a
 * training and its validated cases, the predicted cases.
 */
export async function progressOf(job: Job, context: ExperimentContext): Promise<string> {
  if (job.kind === 'train') {
    const folder = foldFolder(context, job.configuration!, job.fold!);
    for (const kind of ['latest', 'final'] as const) {
      const file = joinPath(folder, CHECKPOINT_NAMES[kind] + CHECKPOINT_SUFFIX);
      if (!existsSync(file)) continue;
      const { json } = await readCheckpointJson(file);
      const { epoch, iterationLosses } = stateFromJson(json.state, file);
      return `${epoch}, ${iterationLosses.length}, ${await labelMapsIn(joinPath(folder, FILE_NAMES.validation))}`;
    }
  }
  if (job.kind !== 'predict') return '';
  const members = membersOf(job, context.choice) ?? [];
  return String(
    await labelMapsIn(folderOfPrediction(context.settings.prediction!.output, job.configuration!, members)),
  );
}

async function labelMapsIn(folder: string): Promise<number> {
  return (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.nii.gz')).length;
}
