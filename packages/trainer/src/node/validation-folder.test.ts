import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { beginValidation } from './validation-folder.ts';

const model = { file: 'model_final_checkpoint.safetensors', sha256: 'new' };

async function begin(of: string | null, overwrite: boolean) {
  const folder = temporaryFolder();
  const args = { step_size: 0.5 };
  await beginValidation(folder, { names: [], model: of === null ? null : { ...model, sha256: of }, args, overwrite });
  for (const name of ['a.nii.gz', 'a.npz', 'a.json', 'gone.nii.gz', 'gone.npz', 'summary.json', 'summary.csv'])
    writeFileSync(join(folder, name), '');
  const told: string[] = [];
  await beginValidation(folder, { names: ['a', 'b'], model, args, overwrite, onLog: (text) => told.push(text) });
  return { files: readdirSync(folder).sort(), told };
}

it('leaves the results of this model where they are to be kept, without scores and other cases', async () => {
  for (const of of ['new', null]) {
    const { files, told } = await begin(of, false);
    expect(files).toEqual(['a.json', 'a.nii.gz', 'a.npz', 'summary.csv', 'validation_args.json']);
    expect(told).toEqual([]);
  }
});

it('leaves none where they are to be made anew, or are of another model', async () => {
  expect((await begin('new', true)).files).toEqual(['summary.csv', 'validation_args.json']);
  const { files, told } = await begin('old', false);
  expect(files).toEqual(['summary.csv', 'validation_args.json']);
  expect(told).toEqual([expect.stringMatching(/by an earlier model; all cases are predicted again/)]);
});
