import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import type { CaseProperties } from '@nnunet/schema';
import { readCaseProperties } from '@nnunet/store';
import { hashFile, hashSettings } from '@nnunet/store/internal';
import { fileError } from '@nnunet/tensor/node/internal';
import type { RawCase } from './raw-case.ts';

/** What a case was made from: name of each source to its hash. */
export type CaseSources = NonNullable<CaseProperties['made_from']>;

/** Raised whenever cropping or preparing gives other voxels than before: cases of an earlier version are then made anew. */
export const RULES: CaseSources = { rules: '1' };

/** The files of a raw case as they are now. */
export interface RawState {
  /** By folder and name, such as `imagesTr/a_0000.nii.gz`. */
  hashes: CaseSources;
  /** By path: what changes when the file does. */
  stamps: Record<string, string>;
}

/** @throws NnUNetError 'missing-file', 'no-access' */
export async function stateOfRawCase(
  { images, labels }: RawCase,
  options: { signal?: AbortSignal } = {},
): Promise<RawState> {
  const state: RawState = { hashes: {}, stamps: {} };
  for (const path of labels === null ? images : [...images, labels]) {
    // First the stamp: what is changed from here on is noticed.
    state.stamps[path] = await stampOf(path);
    state.hashes[path.split(/[/\\]/).slice(-2).join('/')] = await hashFile(path, options);
  }
  return state;
}

/** Throws where a file is not the one any more that was hashed. */
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

/**
 * What the cropped case of a folder was made from; null where that is not known: for v1's own, and where there is none.
 */
export async function sourcesOfCropped(folder: string, id: string): Promise<CaseSources | null> {
  const properties = await readCaseProperties(join(folder, `${id}.json`)).catch(() => null);
  return properties?.made_from ?? null;
}

/**
 * What a case is prepared from: its cropped case, which stands for the raw files where it tells them, and the given settings.
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
