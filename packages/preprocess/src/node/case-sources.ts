import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import type { CaseProperties } from '@nnunet/schema';
import { readCaseProperties } from '@nnunet/store';
import { hashFile, hashSettings } from '@nnunet/store/internal';
import { fileError } from '@nnunet/tensor/node/internal';
import type { RawCase } from './raw-case.ts';

/** What a case was made from: the hash of each source, by name. */
export type CaseSources = NonNullable<CaseProperties['made_from']>;

/**
 * Incremented whenever cropping or preprocessing changes its results, so that cases from earlier versions are redone.
 */
export const RULES: CaseSources = { rules: '1' };

/** The current state of a raw case's files. */
export interface RawState {
  /** By name, such as `imagesTr/a_0000.nii.gz`. */
  hashes: CaseSources;
  /** By path: a stamp that changes when the file does. */
  stamps: Record<string, string>;
}

/**
 * @param options `folder`: names are paths from it, so that files may be anywhere. Default: the last folder and the file,
 *   as the files of a task are in imagesTr and labelsTr
 * @throws NnUNetError 'missing-file', 'no-access'
 */
export async function stateOfRawCase(
  { images, labels }: RawCase,
  { folder, ...options }: { folder?: string; signal?: AbortSignal } = {},
): Promise<RawState> {
  const nameOf = (path: string) =>
    folder === undefined ? path.split(/[/\\]/).slice(-2).join('/') : relative(folder, path).split(sep).join('/');
  const state: RawState = { hashes: {}, stamps: {} };
  for (const path of labels === null ? images : [...images, labels]) {
    // Take the stamp first, so that any later change is noticed.
    state.stamps[path] = await stampOf(path);
    state.hashes[nameOf(path)] = await hashFile(path, options);
  }
  return state;
}

/** Throws if a file has changed since it was hashed. */
export async function requireUnchanged(stamps: RawState['stamps']): Promise<void> {
  for (const [path, stamp] of Object.entries(stamps)) {
    if ((await stampOf(path)) === stamp) continue;
    throw new NnUNetError('changed-file', {
      what: 'changed while it was being read',
      where: path,
      remedy: 'Run the command again when the file is complete.',
    });
  }
}

/** Returns what a cropped case was made from, or null if unknown (cases cropped by v1) or if there is no such case. */
export async function sourcesOfCropped(folder: string, id: string): Promise<CaseSources | null> {
  const properties = await readCaseProperties(join(folder, `${id}.json`)).catch(() => null);
  return properties?.made_from ?? null;
}

/**
 * Returns what a case is prepared from: the sources of its cropped case (or the cropped files themselves, if those are
 * unknown) and the given settings.
 *
 * @throws NnUNetError 'missing-file', 'no-access'
 */
export async function sourcesToPrepare(croppedFolder: string, id: string, settings: CaseSources): Promise<CaseSources> {
  const raw = await sourcesOfCropped(croppedFolder, id);
  const hash = raw === null ? await hashFile(join(croppedFolder, `${id}.npz`)) : hashSettings(raw);
  return { ...settings, ...RULES, 'cropped case': hash };
}

async function stampOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch (cause) {
    throw fileError(cause, path);
  }
}
