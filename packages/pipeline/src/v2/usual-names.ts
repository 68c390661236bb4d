import { DEFAULT_CASCADE_TRAINER, DEFAULT_PLANS_IDENTIFIER, DEFAULT_TRAINER } from '@nnunet/schema/internal';

/** The trainer and the plans that v2 takes if none are named. */
export const USUAL_TRAINER_V2 = 'nnUNetTrainer';
export const USUAL_PLANS_V2 = 'nnUNetPlans';

/** The name of a trainer of v2: v1's usual trainers, which commands of v1 have as defaults, stand for v2's. */
export function trainerNameV2(name: string): string {
  return ([DEFAULT_TRAINER, DEFAULT_CASCADE_TRAINER] as readonly string[]).includes(name) ? USUAL_TRAINER_V2 : name;
}

/** The name of plans of v2, in the same way. */
export function plansNameV2(identifier: string): string {
  return identifier === DEFAULT_PLANS_IDENTIFIER ? USUAL_PLANS_V2 : identifier;
}
