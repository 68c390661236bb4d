import { existsSync } from 'node:fs';
import { parseJsonWithNaN } from '@nnunet/schema';
import { checkSchema } from '@nnunet/schema/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { GenericSchema, InferOutput } from 'valibot';

/**
 * Reads a JSON file that an experiment keeps about itself; null if it is missing.
 *
 * @param remedy what to do with a damaged file
 * @throws NnUNetError 'bad-experiment', 'bad-json'
 */
export async function readStored<T extends GenericSchema>(
  file: string,
  schema: T,
  remedy: string,
): Promise<InferOutput<T> | null> {
  if (!existsSync(file)) return null;
  return checkSchema(schema, parseJsonWithNaN(await readTextFile(file), file), { file, tag: 'bad-experiment', remedy });
}
