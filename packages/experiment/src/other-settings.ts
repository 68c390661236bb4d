import { NnUNetError } from '@nnunet/errors';
import type { Job } from './job.ts';

interface OtherTraining extends Pick<Job, 'configuration' | 'fold'> {
  isFinished: boolean;
  /** How the settings differ, in one sentence. */
  conflict: string;
  /** The fold's folder. */
  where: string;
}

/** Refuses a training that is not the one asked for. */
export function otherSettings({ configuration, fold, isFinished, conflict, where }: OtherTraining): NnUNetError {
  return new NnUNetError('other-settings', {
    what: `fold ${fold} of ${configuration} is ${isFinished ? 'finished' : 'begun'}, but not as asked: ${conflict}`,
    where,
    remedy:
      'Ask for the settings that it was trained with. To train anew with others, move this folder away, or use a trainer or ' +
      'plans of another name (`trainer`, `plansIdentifier`).',
  });
}
