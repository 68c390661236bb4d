import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { readCheckpointWeights } from './read-checkpoint-weights.ts';

const folder = fileURLToPath(
  new URL(
    '../../../../../shared/golden/models/v1/nnUNet/2d/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1/',
    import.meta.url,
  ),
);

it.skipIf(!existsSync(folder))('reads the weights of a model of v1 (needs ../shared/golden)', async () => {
  const weights = await readCheckpointWeights(join(folder, 'fold_0/model_final_checkpoint.model'));
  const first = weights.get('conv_blocks_context.0.blocks.0.conv.weight')!;
  expect(first.shape.slice(1)).toEqual([1, 3, 3]);
  expect(first.data.every(Number.isFinite) && first.data.some((value) => value !== 0)).toBe(true);
});

it('names a file that is not there', async () => {
  for (const name of ['gone.model', 'gone.safetensors'])
    expect(isNnUNetError(await readCheckpointWeights(`/nowhere/${name}`).catch((e) => e), 'missing-file')).toBe(true);
});
