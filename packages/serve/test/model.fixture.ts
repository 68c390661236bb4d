import type { Plans } from '@nnunet/schema';
import { counterRandom } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { type Volume, writeNifti } from '@nnunet/volume';
import { describePlanned, writeFold } from '../../inference/src/node/noise-task.fixture.ts';

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
  writeFold(folder, {
    ...describePlanned(plans),
    mirrorAxes: [0],
    labels: { 0: 'background', 1: 'head', 2: 'tail' },
  });
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
