import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readValidationRecord, type ValidationRecord, writeValidationRecord } from '@nnunet/store/internal';

export interface BeginValidation extends ValidationRecord {
  /** Base names of the cases that will be predicted. */
  names: readonly string[];
  /** Predict cases again that already have a result. */
  overwrite: boolean;
  /** Of the label maps, with the dot. Default: '.nii.gz'. */
  fileEnding?: string;
  onLog?: (text: string) => void;
}

/**
 * Prepares a folder of validation predictions, so that its content belongs to this model wherever the validation stops:
 * first deletes its scores, and results of another model, of other cases or to be predicted again.
 */
export async function beginValidation(folder: string, options: BeginValidation): Promise<void> {
  const { names, overwrite, model, args, fileEnding = '.nii.gz', onLog } = options;
  await mkdir(folder, { recursive: true });
  const before = (await readValidationRecord(folder))?.model ?? null;
  const isOther = before !== null && before.sha256 !== model?.sha256;
  if (isOther && !overwrite)
    onLog?.(`the predictions in ${folder} were made by an earlier model; all cases are predicted again`);
  const kept = new Set(overwrite || isOther ? [] : names);
  await rm(join(folder, 'summary.json'), { force: true });
  for (const file of await readdir(folder)) {
    const ending = [fileEnding, '.npz', '.pkl', '.json'].find((one) => file.endsWith(one));
    if (ending === undefined || kept.has(file.slice(0, -ending.length)) || file === 'validation_args.json') continue;
    await rm(join(folder, file), { force: true });
  }
  await writeValidationRecord(folder, { model, args });
}
