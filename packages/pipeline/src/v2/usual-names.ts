/** The trainer and the plans that v2 takes if none are named. */
export const USUAL_TRAINER_V2 = 'nnUNetTrainer';
export const USUAL_PLANS_V2 = 'nnUNetPlans';
