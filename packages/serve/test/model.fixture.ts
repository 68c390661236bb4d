import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDescription } from '@nnunet/inference';
import { METADATA_KEY, WEIGHT_PREFIX } from '@nnunet/inference/internal';
import { describeNetwork, initialiseWeights } from '@nnunet/network';
import type { Plans } from '@nnunet/schema';
import { counterRandom, encodeSafetensors } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { type Volume, writeNifti } from '@nnunet/volume';

/** Writes a model of one fold and of these channels whose weights are drawn, not trained. Its labels have names. */
export function writeModel(folder: string, channels: readonly string[]): void {
  const byChannel = <T>(value: (name: string) => T) => Object.fromEntries(channels.map((name, c) => [c, value(name)]));
  const plans: Plans = {
    ...tinyPlans([8, 8, 8], { poolings: 1 }),
    num_modalities: channels.length,
    modalities: byChannel((name) => name),
    normalization_schemes: byChannel(() => 'nonCT' as const),
    use_mask_for_norm: byChannel(() => false),
  };
  const network = describeNetwork(plans, 0);
  const model: ModelDescription = {
    trainer: 'nnUNetTrainerV2',
    configuration: '3d_fullres',
    stage: 0,
    plans,
    network,
    mirrorAxes: [0],
    nonlinearity: 'softmax',
    regionClassOrder: null,
    labels: { 0: 'background', 1: 'head', 2: 'tail' },
  };
  const weights = [...initialiseWeights(network, 1)].map(([name, tensor]) => [WEIGHT_PREFIX + name, tensor] as const);
  mkdirSync(join(folder, 'fold_0'), { recursive: true });
  const metadata = { [METADATA_KEY]: JSON.stringify({ version: 1, model }) };
  writeFileSync(
    join(folder, 'fold_0/model_final_checkpoint.safetensors'),
    encodeSafetensors(new Map(weights), metadata),
  );
}

/** An image of noise; voxels of 0.5 x 2 x 2 mm. */
export function noise(seed: number, shape: readonly [number, number, number] = [14, 10, 12]): Volume<Float32Array> {
  const data = counterRandom(seed, 'image').fillNormal(new Float32Array(shape[0] * shape[1] * shape[2]), 1);
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  return { data: data.map((v) => v + 10), shape, spacing: [0.5, 2, 2], origin: [1, 2, 3], direction };
}

/** The bytes of an image file. */
export async function niftiOf(image: Volume<Float32Array>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await writeNifti(image));
}
