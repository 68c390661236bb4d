import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { joinPath } from '@nnunet/schema/internal';
import { fileError } from '@nnunet/tensor/node/internal';
import { LOCATIONS, openPreparedCase } from './prepared-case.ts';
import { readMadeFrom, requireFinished } from './provenance.ts';

/** Returns what a case was made from, if it is complete and records it. */
export async function sourcesOfPrepared(folder: string, id: string): Promise<Record<string, string> | null> {
  try {
    const stored = await openPreparedCase(folder, id);
    await stored.close();
    const whole = stored.locationCounts === null || existsSync(joinPath(folder, id) + LOCATIONS);
    return whole ? (stored.properties.made_from ?? null) : null;
  } catch {
    return null;
  }
}

/**
 * Lists the cases of a folder, sorted: those with `<id>.npz`, and those with `<id>.npy` and `<id>.json` or v1's
 * `<id>.pkl` (an .npy alone is incomplete).
 *
 * @throws NnUNetError 'unfinished' for a folder whose preprocessing is incomplete; 'missing-file' if it has not
 *   started; 'no-access'
 */
export async function listCases(folder: string): Promise<string[]> {
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'ENOENT' ? notBegun(folder) : fileError(cause, folder);
  }
  requireFinished(folder, await readMadeFrom(folder));
  const present = new Set(files);
  const ids = new Set<string>();
  for (const file of files) {
    if (file.startsWith('.')) continue;
    const id = file.slice(0, -4);
    if (file.endsWith('.npz') && !file.endsWith('_segFromPrevStage.npz')) ids.add(id);
    if (file.endsWith('.npy') && !file.endsWith(LOCATIONS) && (present.has(`${id}.json`) || present.has(`${id}.pkl`)))
      ids.add(id);
  }
  if (ids.size === 0) throw files.some(isOfV2) ? preparedByV2(folder) : notBegun(folder);
  return [...ids].sort();
}

/** nnU-Net v2 keeps each prepared case as `<id>.b2nd` and `<id>_seg.b2nd`. */
const isOfV2 = (file: string) => file.endsWith('.b2nd');

/** Whether nnU-Net v2 has prepared cases in a folder, which need not exist. */
export async function hasCasesOfV2(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).some(isOfV2);
}

function preparedByV2(folder: string): NnUNetError {
  return new NnUNetError('missing-file', {
    what: 'the cases in this folder were prepared by nnU-Net v2 (.b2nd), whose form is not read here',
    where: folder,
    remedy:
      'Prepare them here with nnUNetv2_preprocess. v2 refuses a folder with cases of both forms: to keep its own, first plan under another name with nnUNetv2_plan_experiment -overwrite_plans_name.',
  });
}

function notBegun(folder: string): NnUNetError {
  return new NnUNetError('missing-file', {
    what: 'there are no preprocessed cases: preprocessing has not started',
    where: folder,
    remedy: 'Run nnUNet_plan_and_preprocess first (for a dataset of nnU-Net v2: nnUNetv2_plan_and_preprocess).',
  });
}
