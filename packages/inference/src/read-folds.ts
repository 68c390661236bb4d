import { NnUNetError } from '@nnunet/errors';
import { decodeCheckpoint, type WeightMap } from './checkpoint-format.ts';
import type { ModelDescription } from './model-description.ts';
import type { ModelFiles } from './model-files.ts';
import { type FoldContent, readCheckpointV1 } from './read-checkpoint-v1.ts';

/** The content of a model of this program or of nnU-Net v1, without sessions to run it. */
export interface ModelContent {
  /** From the first fold. */
  description: ModelDescription;
  /** One per fold, with the checkpoint's file. */
  members: { file: string; weights: WeightMap }[];
}

/** File suffix of v1's checkpoints. */
export const V1_SUFFIX = '.model';

/**
 * Reads the folds of a model of this program or of nnU-Net v1.
 *
 * @param checkpoints paths, one per fold
 * @throws NnUNetError 'bad-checkpoint', 'bad-safetensors', 'bad-pickle', 'bad-plans', 'bad-weights',
 * 'unknown-trainer'; 'mixed-model' if the folds do not belong together
 */
export async function readFolds(files: ModelFiles, checkpoints: readonly string[]): Promise<ModelContent> {
  const members: ModelContent['members'] = [];
  let first: { description: ModelDescription; file: string } | undefined;
  for (const file of checkpoints) {
    const { description, weights } = file.endsWith(V1_SUFFIX)
      ? await readCheckpointV1(files, file)
      : readOwn(await files.bytes(file), file);
    first ??= { description, file };
    if (JSON.stringify(description.network) !== JSON.stringify(first.description.network)) {
      throw new NnUNetError('mixed-model', {
        what: `this fold has a different network than ${first.file}`,
        where: file,
        remedy: 'Train all folds with the same plans and trainer, or select folds that belong together.',
      });
    }
    members.push({ file, weights });
  }
  return { description: first!.description, members };
}

/** Reads a checkpoint of this program. The weights are copies, so that its bytes with the momenta can be freed. */
export function readOwn(bytes: Uint8Array, file: string): FoldContent {
  const { description, weights } = decodeCheckpoint(bytes, file);
  const copies = [...weights].map(([name, { data, shape }]) => [name, { data: data.slice(), shape }] as const);
  return { description, weights: new Map(copies) };
}
