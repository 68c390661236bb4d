import { type FileHandle, open } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { METADATA_KEY, WEIGHT_PREFIX } from '@nnunet/inference/internal';
import { fileError, writeFileAtomic } from '@nnunet/tensor/node/internal';

/** The JSON of a checkpoint, and how many weights it has. Read without the weights themselves. */
export interface CheckpointJson {
  /** All of it: version, model, about, state. */
  json: Record<string, unknown>;
  parameters: number;
}

interface Head {
  fields: Record<string, unknown>;
  /** Where the tensors start, in bytes. */
  end: number;
}

/** Longest head that the format's readers take. */
const MAX_HEAD = 100_000_000;

/**
 * The JSON in a checkpoint file.
 *
 * @throws NnUNetError 'missing-file', 'bad-checkpoint'
 */
export async function readCheckpointJson(file: string): Promise<CheckpointJson> {
  const handle = await openFile(file);
  try {
    const { fields } = await readHead(handle, file);
    let parameters = 0;
    for (const [name, tensor] of Object.entries(fields)) {
      const shape = (tensor as { shape?: unknown } | null)?.shape;
      if (name.startsWith(WEIGHT_PREFIX) && Array.isArray(shape))
        parameters += shape.reduce((product: number, size: unknown) => product * Number(size), 1);
    }
    return { json: jsonOf(fields, file), parameters };
  } finally {
    await handle.close();
  }
}

/**
 * Changes the JSON in a checkpoint file; the tensors are copied as they are. Others see the old file or the new one.
 *
 * @throws NnUNetError 'missing-file', 'bad-checkpoint', 'disk-full', …
 */
export async function editCheckpointJson(
  file: string,
  edit: (json: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const handle = await openFile(file);
  try {
    const { fields, end } = await readHead(handle, file);
    const metadata = { ...(fields.__metadata__ as object), [METADATA_KEY]: JSON.stringify(edit(jsonOf(fields, file))) };
    const text = new TextEncoder().encode(JSON.stringify({ ...fields, __metadata__: metadata }));
    const head = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
    new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
    head.set(text, 8);
    await writeFileAtomic(file, pieces(head, handle, end));
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

async function readHead(handle: FileHandle, file: string): Promise<Head> {
  const start = new Uint8Array(8);
  const { bytesRead } = await handle.read(start, 0, 8, 0);
  const length = bytesRead < 8 ? 0n : new DataView(start.buffer).getBigUint64(0, true);
  if (length < 2n || length > BigInt(MAX_HEAD)) throw bad(file, 'this is no .safetensors file');
  const text = new Uint8Array(Number(length));
  if ((await handle.read(text, 0, text.length, 8)).bytesRead < text.length) throw bad(file, 'this file is cut off');
  try {
    const fields: unknown = JSON.parse(new TextDecoder().decode(text));
    if (typeof fields === 'object' && fields !== null)
      return { fields: fields as Record<string, unknown>, end: 8 + text.length };
  } catch (cause) {
    throw bad(file, 'its head is not JSON', cause);
  }
  throw bad(file, 'its head is not an object');
}

function jsonOf({ __metadata__: metadata }: Record<string, unknown>, file: string): Record<string, unknown> {
  const text = (metadata as Record<string, unknown> | undefined)?.[METADATA_KEY];
  if (typeof text !== 'string') throw bad(file, `its metadata has no key "${METADATA_KEY}"`);
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch (cause) {
    throw bad(file, `its metadata "${METADATA_KEY}" is not JSON`, cause);
  }
  throw bad(file, `its metadata "${METADATA_KEY}" is not an object`);
}

function bad(where: string, what: string, cause?: unknown): NnUNetError {
  const remedy = 'This is no checkpoint of this program, or a damaged one: take another, or train again.';
  return new NnUNetError('bad-checkpoint', { what, where, remedy, cause });
}
