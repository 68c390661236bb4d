import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readValidationRecord, type ValidationRecord, writeValidationRecord } from '@nnunet/store/internal';

export interface BeginValidation extends ValidationRecord {
  /** Base names of the cases that will be predicted. */
  names: readonly string[];
  /** Predict those anew that have a result. */
  overwrite: boolean;
  onLog?: (text: string) => void;
}

/**
 * Makes a folder of validation predictions ready, so that what lies in it from here on is of this model alone, wherever the
 * validation stops: its scores, and results of another model, of other cases or to be made anew are removed first.
 */
export async function beginValidation(folder: string, options: BeginValidation): Promise<void> {
  const { names, overwrite, model, args, onLog } = options;
  await mkdir(folder, { recursive: true });
  const before = (await readValidationRecord(folder))?.model ?? null;
  const isOther = before !== null && before.sha256 !== model?.sha256;
  if (isOther && !overwrite)
    onLog?.(`the predictions in ${folder} were made by an earlier model; all cases are predicted again`);
  const kept = new Set(overwrite || isOther ? [] : names);
  await rm(join(folder, 'summary.json'), { force: true });
  for (const file of await readdir(folder)) {
    const name = /^(.+)\.(?:nii\.gz|npz|pkl|json)$/.exec(file)?.[1];
    if (name === undefined || kept.has(name) || file === 'validation_args.json') continue;
    await rm(join(folder, file), { force: true });
  }
  await writeValidationRecord(folder, { model, args });
}
