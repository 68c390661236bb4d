import { NnUNetError, usageError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import { nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes } from './nnunet-trainer-v2.ts';
import type { TrainerClass } from './trainer.ts';
import { trainerVariants } from './variants/all-variants.ts';

/** Trainers by the names of their classes. */
export class TrainerRegistry {
  private readonly classes = new Map<string, TrainerClass>();

  /** Holds the built-in trainers, and those given. */
  constructor(...classes: TrainerClass[]) {
    this.register(nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes, ...trainerVariants, ...classes);
  }

  /** @throws NnUNetError 'usage' for a name that exists already, or a class without name */
  register(...classes: TrainerClass[]): void {
    for (const trainer of classes) {
      if (trainer.name === '') throw usageError({ what: 'a trainer class has no name', remedy: 'Name the class.' });
      if (this.classes.has(trainer.name)) {
        throw usageError({
          what: `there is a trainer ${trainer.name} already`,
          remedy: 'Give the class a name of its own: a model must name the trainer that made it without doubt.',
        });
      }
      this.classes.set(trainer.name, trainer);
    }
  }

  /** @throws NnUNetError 'unknown-trainer' with the names most like it */
  get(name: string): TrainerClass {
    const found = this.classes.get(name);
    if (found) return found;
    throw new NnUNetError('unknown-trainer', {
      what: `there is no trainer called ${name}`,
      remedy: nearestNames(name, this.names(), 'Others come from a plug-in.'),
    });
  }

  names(): string[] {
    return [...this.classes.keys()].sort();
  }
}
