import { existsSync } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import type { ExperimentSettings } from './settings.ts';
import { optionValue } from './typed-arguments.ts';

/** Refuses initial weights that do not exist. @throws NnUNetError 'missing-file' */
export function requireInitialWeights(settings: ExperimentSettings): void {
  const weights = optionValue(settings.arguments.train ?? [], ['-pretrained_weights']);
  if (weights === undefined || existsSync(weights)) return;
  throw new NnUNetError('missing-file', {
    what: 'these weights do not exist',
    where: weights,
    remedy: 'Check `pretrainedWeights`.',
  });
}
