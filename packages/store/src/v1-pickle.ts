import { existsSync } from 'node:fs';
import type { JsonValue } from '@nnunet/errors';
import { pickleToJson, readPickle } from '@nnunet/pickle';
import { parseJsonWithNaN } from '@nnunet/schema';
import { readFileBytes, readTextFile } from '@nnunet/tensor/node/internal';

/** A parsed file and its path. */
export interface ParsedFile {
  value: unknown;
  file: string;
}

/**
 * Reads a JSON file or, if it does not exist, v1's pickle of the same base name, in the form of the JSON.
 * @param leaveOut keys of the pickle that are not converted
 * @throws NnUNetError 'missing-file', 'no-access', 'bad-json', 'bad-pickle'
 */
export async function readJsonOrPickle(path: string, leaveOut: readonly string[] = []): Promise<ParsedFile> {
  const pickle = v1PickleOf(path);
  if (pickle === null) return { value: parseJsonWithNaN(await readTextFile(path), path), file: path };
  const content = await readV1Pickle(pickle);
  if (content instanceof Map) for (const key of leaveOut) content.delete(key);
  return { value: v1Json(content, pickle), file: pickle };
}

/**
 * Returns the pickle to read for a path: the path itself, or the pickle next to a missing JSON file; null if the JSON
 * is to be read.
 */
export function v1PickleOf(path: string): string | null {
  if (path.endsWith('.pkl')) return path;
  if (!path.endsWith('.json') || existsSync(path)) return null;
  const pickle = `${path.slice(0, -'.json'.length)}.pkl`;
  return existsSync(pickle) ? pickle : null;
}

/** Whether a JSON file exists, or v1's pickle that is read in its place. */
export function jsonOrPickleExists(path: string): boolean {
  return existsSync(v1PickleOf(path) ?? path);
}

/** Reads a pickle as plain data, without executing anything in it. */
export async function readV1Pickle(path: string): Promise<unknown> {
  return readPickle(await readFileBytes(path), { where: path });
}

export function v1Json(content: unknown, path: string): JsonValue {
  return pickleToJson(content, { where: path });
}
