import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeNetwork, initialiseWeights } from '@nnunet/network';
import type { Plans } from '@nnunet/schema';
import { counterRandom, encodeSafetensors } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { writeVolume } from '@nnunet/volume/node';
import { METADATA_KEY, WEIGHT_PREFIX } from '../checkpoint-format.ts';
import type { ModelDescription } from '../model-description.ts';

export const plans: Plans = {
  ...tinyPlans([8, 8, 8], { poolings: 1 }),
  transpose_forward: [1, 0, 2],
  transpose_backward: [1, 0, 2],
};

/** Describes a model of the plans' first stage, mirrored along all axes. */
export function describePlanned(plans: Plans): ModelDescription {
  return {
    trainer: 'nnUNetTrainerV2',
    configuration: '3d_fullres',
    stage: 0,
    plans,
    network: describeNetwork(plans, 0),
    mirrorAxes: [0, 1, 2],
    nonlinearity: 'softmax',
    regionClassOrder: null,
  };
}

/** A network with two stages and three classes, for patches of 8 x 8 x 8. */
export const description: ModelDescription = { ...describePlanned(plans), mirrorAxes: [0, 2] };

/** Writes a model with random weights to `<root>/model/fold_<fold>`. */
export async function writeModel(root: string, fold: number, what: ModelDescription = description): Promise<void> {
  writeFold(join(root, 'model'), what, { fold, seed: fold });
}

/** Writes a fold of a model whose weights are drawn, not trained. */
export function writeFold(folder: string, model: ModelDescription, { fold = 0, seed = 1 } = {}): void {
  const weights = [...initialiseWeights(model.network, seed)].map(([name, t]) => [WEIGHT_PREFIX + name, t] as const);
  const metadata = { [METADATA_KEY]: JSON.stringify({ version: 1, model }) };
  const foldFolder = join(folder, `fold_${fold}`);
  mkdirSync(foldFolder, { recursive: true });
  writeFileSync(join(foldFolder, 'model_final_checkpoint.safetensors'), encodeSafetensors(new Map(weights), metadata));
}

/**
 * Writes an image of noise around 10, spacing 0.8, 1.25, 1 mm.
 *
 * @param isZero which voxels are 0; by default a border
 */
export async function writeImage(
  folder: string,
  id: string,
  isZero = (z: number, y: number, x: number) => z < 2 || y > 8 || x === 0,
  shape: readonly [number, number, number] = [14, 10, 12],
): Promise<void> {
  const [, Y, X] = shape;
  const data = counterRandom(3, id).fillNormal(new Float32Array(shape[0] * Y * X), 1);
  for (let i = 0; i < data.length; i++)
    data[i] = isZero(Math.floor(i / (Y * X)), Math.floor(i / X) % Y, i % X) ? 0 : data[i]! + 10;
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const geometry = { shape, spacing: [0.8, 1.25, 1] as const, origin: [5, -3, 7] as const, direction };
  await writeVolume(join(folder, `${id}_0000.nii.gz`), { ...geometry, data });
}
