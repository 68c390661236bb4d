import type { Audience } from '../audience.ts';
import type { TrainingPorts } from '../training-ports.ts';
import type { TrainingRun } from '../training-run.ts';
import type { TrainingState } from '../training-state.ts';
import type { FoldFolder } from './fold-folder.ts';

/** A training whose listeners are told what it saves and how it ends. */
interface ToldTraining {
  folder: FoldFolder;
  audience: Audience;
  /** Keep only the latest checkpoint. */
  disableSaving: boolean | undefined;
}

/** Saves checkpoints with `write`, and tells of them. */
export function savingAndTelling(
  { folder, audience, disableSaving }: ToldTraining,
  write: TrainingPorts['save'],
): TrainingPorts['save'] {
  return async (kind, state, weights, momenta) => {
    if (disableSaving && kind === 'best') return;
    const saved = disableSaving ? 'latest' : kind;
    await write(saved, state, weights, momenta);
    await audience.tell('checkpointSaved', { kind: saved, file: folder.file(saved), epoch: state.epoch });
  };
}

/** Runs a training to its end, and tells how it ended. */
export async function runAndTell(
  run: TrainingRun,
  state: TrainingState,
  { folder, audience, disableSaving }: ToldTraining,
): Promise<'finished' | 'interrupted'> {
  const result = await run.run().catch(async (error: unknown) => {
    await audience.tell('failed', { error }).catch(() => undefined);
    throw error;
  });
  if (result === 'finished' && !disableSaving) await folder.remove('latest');
  await audience.tell('finished', { result, epoch: state.epoch });
  return result;
}
