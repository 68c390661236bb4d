import { type TrainerClass, TrainerRegistry } from '@nnunet/trainer';
import { importPlugin } from './import-plugin.ts';

/**
 * The built-in trainers, and those that modules of the user's own export: classes with the methods of a trainer. They may
 * come from another copy of @nnunet/trainer than this one.
 *
 * @throws NnUNetError 'bad-plugin' for a module that cannot be imported, 'usage' where a class is called like one that exists
 */
export async function loadTrainers(paths: readonly string[]): Promise<TrainerRegistry> {
  const trainers = new Set<TrainerClass>();
  for (const path of paths) {
    for (const value of Object.values(await importPlugin(path))) if (isTrainer(value)) trainers.add(value);
  }
  return new TrainerRegistry(...trainers);
}

function isTrainer(value: unknown): value is TrainerClass {
  return (
    typeof value === 'function' &&
    typeof value.prototype?.recipe === 'function' &&
    typeof value.prototype.describeModel === 'function'
  );
}
