import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { formatJson, parseJsonWithNaN } from '@nnunet/schema';
import { checkSchema, joinPath } from '@nnunet/schema/internal';
import { fileError, readFileBytes, writeFileAtomic } from '@nnunet/tensor/node/internal';
import * as v from 'valibot';

/** File name of the record in a derived folder. */
export const MADE_FROM_FILE = 'made-from.json';

/** What a derived folder was made from: the SHA-256 of each source (a file, a case, a setting) in hex, by name. */
export interface MadeFrom {
  sources: Record<string, string>;
  /** If the folder is unfinished: how many cases it will contain. */
  unfinished?: number;
}

/** How the current sources differ from the recorded ones; names sorted. */
export interface SourceChanges {
  changed: string[];
  added: string[];
  removed: string[];
}

/** Returns the SHA-256 of a file in hex, computed as a stream. File system errors name the file. */
export async function hashFile(path: string, options: { signal?: AbortSignal } = {}): Promise<string> {
  const hash = createHash('sha256');
  try {
    const stream = createReadStream(path, { highWaterMark: 1 << 20, signal: options.signal });
    for await (const chunk of stream) hash.update(chunk as Uint8Array);
  } catch (cause) {
    throw fileError(cause, path);
  }
  return hash.digest('hex');
}

/** Returns the SHA-256 of plain settings in hex; the order of keys does not matter. */
export function hashSettings(value: unknown): string {
  return createHash('sha256').update(formatJson(value)).digest('hex');
}

/** Returns one hash for all sources in a record, used as a source of the next folder to form a chain. */
export function hashMadeFrom(record: MadeFrom): string {
  return hashSettings(record.sources);
}

/** Returns the hashes of several files, keyed by their `folder/name`. */
export async function hashFiles(
  folder: string,
  names: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of names) hashes[name] = await hashFile(joinPath(folder, name), options);
  return hashes;
}

export async function writeMadeFrom(folder: string, record: MadeFrom): Promise<void> {
  await writeFileAtomic(joinPath(folder, MADE_FROM_FILE), formatJson(record));
}

const schema = v.looseObject({
  sources: v.record(
    v.string(),
    v.pipe(v.string('a SHA-256 in hex expected'), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex expected')),
    'an object from source to SHA-256 expected',
  ),
  unfinished: v.optional(v.number('a number of cases expected')),
});

/**
 * Reads the record of a folder; null for a folder without one, such as v1's.
 * @throws NnUNetError 'bad-json', 'bad-made-from'
 */
export async function readMadeFrom(folder: string): Promise<MadeFrom | null> {
  const file = joinPath(folder, MADE_FROM_FILE);
  try {
    await access(file);
  } catch {
    return null;
  }
  const value = parseJsonWithNaN(new TextDecoder().decode(await readFileBytes(file)), file);
  const remedy = `Delete ${MADE_FROM_FILE} to accept the folder as it is, or delete the folder and make it again.`;
  return checkSchema(schema, value, { file, tag: 'bad-made-from', remedy });
}

/** Compares recorded and current sources. If all lists are empty, nothing has changed. */
export function compareMadeFrom(recorded: MadeFrom, present: MadeFrom): SourceChanges {
  const before = recorded.sources;
  const now = present.sources;
  return {
    changed: Object.keys(now)
      .filter((name) => Object.hasOwn(before, name) && before[name] !== now[name])
      .sort(),
    added: Object.keys(now)
      .filter((name) => !Object.hasOwn(before, name))
      .sort(),
    removed: Object.keys(before)
      .filter((name) => !Object.hasOwn(now, name))
      .sort(),
  };
}

/**
 * Throws unless a derived folder was made from the current sources. A folder without a record is accepted.
 * @returns a notice to print, or null
 * @throws NnUNetError 'stale' naming what changed, 'unfinished'
 */
export async function checkMadeFrom(folder: string, present: MadeFrom): Promise<string | null> {
  const recorded = await readMadeFrom(folder);
  if (recorded === null) {
    return `${folder}: there is no record of what it was made from (${MADE_FROM_FILE}); it is used as it is.`;
  }
  requireFinished(folder, recorded);
  const { changed, added, removed } = compareMadeFrom(recorded, present);
  const reasons = [inWords('changed', changed), inWords('new', added), inWords('gone', removed)].filter(Boolean);
  if (reasons.length === 0) return null;
  throw new NnUNetError('stale', {
    what: `was made from data that have changed since (${reasons.join('; ')})`,
    where: folder,
    remedy: `Delete this folder and make it again, or delete its ${MADE_FROM_FILE} to use it anyway.`,
  });
}

/**
 * Throws if the record says that a folder is unfinished.
 *
 * @throws NnUNetError 'unfinished'
 */
export function requireFinished(folder: string, record: MadeFrom | null): void {
  if (record?.unfinished === undefined) return;
  throw new NnUNetError('unfinished', {
    what: `is unfinished: not all of its ${record.unfinished} cases are done`,
    where: folder,
    remedy: 'Run nnUNet_plan_and_preprocess again, which continues where it stopped, or wait if it is still running.',
  });
}

function inWords(kind: string, names: string[]): string {
  if (names.length === 0) return '';
  return `${kind}: ${listed(names, 5)}`;
}
