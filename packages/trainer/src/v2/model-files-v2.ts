import { formatJsonV2 } from '@nnunet/schema/internal';
import type { TrainerContextV2 } from './trainer-v2.ts';

/** The texts of what nnU-Net v2 keeps beside the folds of a model, by name: plans.json and dataset.json in their order. */
export function modelFilesV2({ plans, dataset }: TrainerContextV2): Record<string, string> {
  const textOf = (content: unknown) => (typeof content === 'string' ? content : formatJsonV2(content));
  return { 'plans.json': textOf(plans), 'dataset.json': textOf(dataset) };
}
