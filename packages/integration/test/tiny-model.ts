import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDescription } from '@nnunet/inference';
import { METADATA_KEY, WEIGHT_PREFIX } from '@nnunet/inference/internal';
import { describeNetwork, initialiseWeights } from '@nnunet/network';
import type { Plans } from '@nnunet/schema';
import { encodeSafetensors } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';

const plans: Plans = tinyPlans([24, 32, 24], { size: [36, 50, 35], spacing: [1.2, 1.2, 1.2] });

/** Writes a model of one fold whose weights are drawn, not trained: enough to see whether a prediction arrives. */
export function writeTinyModel(folder: string): void {
  const network = describeNetwork(plans, 0);
  const model: ModelDescription = {
    trainer: 'nnUNetTrainerV2',
    configuration: '3d_fullres',
    stage: 0,
    plans,
    network,
    mirrorAxes: [0, 1, 2],
    nonlinearity: 'softmax',
    regionClassOrder: null,
  };
  const weights = [...initialiseWeights(network, 1)].map(([name, tensor]) => [WEIGHT_PREFIX + name, tensor] as const);
  const file = join(folder, 'fold_0/model_final_checkpoint.safetensors');
  mkdirSync(join(folder, 'fold_0'), { recursive: true });
  writeFileSync(file, encodeSafetensors(new Map(weights), { [METADATA_KEY]: JSON.stringify({ version: 1, model }) }));
}
