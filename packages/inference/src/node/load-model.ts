import { NnUNetError } from '@nnunet/errors';
import { readFileBytes } from '@nnunet/tensor/node';
import { decodeCheckpoint, type WeightMap } from '../checkpoint-format.ts';
import type { ModelDescription } from '../model-description.ts';
import { type CheckpointChoice, findCheckpoints } from './find-checkpoints.ts';
import type { SessionOptions } from './fold-ensemble.ts';
import { Model } from './model.ts';

/**
 * Loads a trained model from its folder `<CONFIG>/<TASK>/<TRAINER>__<PLANS>`, which holds everything that prediction
 * needs. The settings come from the first fold.
 *
 * @throws NnUNetError 'missing-folder', 'no-folds', 'missing-checkpoint', 'bad-checkpoint', 'bad-safetensors';
 *   'mixed-model' where the folds do not belong together
 */
export async function loadModel(folder: string, options: CheckpointChoice & SessionOptions = {}): Promise<Model> {
  const { folds, checkpoint, ...sessionOptions } = options;
  const members: WeightMap[] = [];
  let first: { description: ModelDescription; file: string } | undefined;
  for (const file of await findCheckpoints(folder, { folds, checkpoint })) {
    const { description, weights } = decodeCheckpoint(await readFileBytes(file), file);
    first ??= { description, file };
    if (JSON.stringify(description.network) !== JSON.stringify(first.description.network)) {
      throw new NnUNetError('mixed-model', {
        what: `this fold has another network than ${first.file}`,
        where: file,
        remedy: 'Train the folds with the same plans and trainer, or predict with those that belong together.',
      });
    }
    // Copies: the bytes of the file, with the momenta in them, can be freed.
    members.push(new Map([...weights].map(([name, { data, shape }]) => [name, { data: data.slice(), shape }])));
  }
  return new Model(first!.description, members, sessionOptions);
}
