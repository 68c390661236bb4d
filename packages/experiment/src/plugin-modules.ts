import type { ExperimentSettings } from './settings.ts';
import { optionValues } from './typed-arguments.ts';

/** Returns the paths of the user's modules that the commands of an experiment load, without duplicates. */
export function pluginModules({ arguments: words }: Pick<ExperimentSettings, 'arguments'>): string[] {
  return [...new Set(Object.values(words).flatMap((own) => optionValues(own ?? [], ['--plugin'])))];
}
