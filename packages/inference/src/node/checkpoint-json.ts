import { type FileHandle, open } from 'node:fs/promises';
import { isNnUNetError } from '@nnunet/errors';
import { encodeSafetensorsHead } from '@nnunet/tensor/internal';
import { fileError, readSafetensorsHead, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { checkpointJson, damagedCheckpoint, METADATA_KEY, WEIGHT_PREFIX } from '../checkpoint-format.ts';

/** The JSON of a checkpoint and its number of weights. Reading it does not read the weights. */
export interface CheckpointJson {
  /** The whole JSON: version, model, about, state. */
  json: Record<string, unknown>;
  parameters: number;
}

/**
 * Reads the JSON in a checkpoint file.
 *
 * @throws NnUNetError 'missing-file', 'bad-checkpoint'
 */
export async function readCheckpointJson(file: string): Promise<CheckpointJson> {
  const handle = await openFile(file);
  try {
    const { head: fields } = await headOf(handle, file);
    let parameters = 0;
    for (const [name, tensor] of Object.entries(fields)) {
      const shape = (tensor as { shape?: unknown } | null)?.shape;
      if (name.startsWith(WEIGHT_PREFIX) && Array.isArray(shape))
        parameters += shape.reduce((product: number, size: unknown) => product * Number(size), 1);
    }
    return { json: checkpointJson(fields.__metadata__, file), parameters };
  } finally {
    await handle.close();
  }
}

/**
 * Changes the JSON in a checkpoint file and copies the tensors unchanged. The file is replaced in one step.
 *
 * @throws NnUNetError 'missing-file', 'bad-checkpoint', 'disk-full', …
 */
export async function editCheckpointJson(
  file: string,
  edit: (json: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const handle = await openFile(file);
  try {
    const { head: fields, dataOffset } = await headOf(handle, file);
    const metadata = {
      ...(fields.__metadata__ as object),
      [METADATA_KEY]: JSON.stringify(edit(checkpointJson(fields.__metadata__, file))),
    };
    const head = encodeSafetensorsHead(JSON.stringify({ ...fields, __metadata__: metadata }));
    await writeFileAtomic(file, pieces(head, handle, dataOffset));
  } finally {
    await handle.close();
  }
}

async function* pieces(head: Uint8Array, handle: FileHandle, start: number): AsyncIterable<Uint8Array> {
  yield head;
  yield* handle.createReadStream({ start }) as AsyncIterable<Uint8Array>;
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (error) {
    throw fileError(error, file);
  }
}

function headOf(handle: FileHandle, file: string): ReturnType<typeof readSafetensorsHead> {
  return readSafetensorsHead(handle, file).catch((cause: unknown) => {
    throw isNnUNetError(cause, 'bad-safetensors') ? damagedCheckpoint(file, cause.what, cause) : cause;
  });
}
