import type { TrainerContextV2 } from './trainer-v2.ts';

/** The texts of what nnU-Net v2 keeps beside the folds of a model, by name: plans.json and dataset.json in their order. */
export function modelFilesV2({ plans, dataset }: TrainerContextV2): Record<string, string> {
  const textOf = (content: unknown) =>
    typeof content === 'string' ? content : `${JSON.stringify(content, null, 4)}\n`;
  return { 'plans.json': textOf(plans), 'dataset.json': textOf(dataset) };
}
