import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nextStageFileName } from '@nnunet/schema/internal';
import { readNextStageRecord, writeNextStageRecord } from '@nnunet/store/internal';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { beginNextStage } from './next-stage-folder.ts';

const model = { file: 'model_final_checkpoint.safetensors', sha256: 'new' };

/** Which labels are left of two cases, of which the second belongs to another fold. */
async function begin(of: string | null, more: { overwrite?: boolean; model?: null; damaged?: boolean } = {}) {
  const folder = temporaryFolder();
  const ids = ['own', 'other'];
  for (const id of ids) writeFileSync(join(folder, nextStageFileName(id)), '');
  if (of !== null) await writeNextStageRecord(folder, 2, { model: { ...model, sha256: of }, finished: true });
  if (more.damaged) writeFileSync(join(folder, 'fold_2.json'), '{');
  await beginNextStage(folder, { fold: 2, ids: ['own'], model, overwrite: false, ...more });
  const left = ids.filter((id) => existsSync(join(folder, nextStageFileName(id))));
  return { left, record: await readNextStageRecord(folder, 2) };
}

it('keeps the labels of this model, which are not finished any more', async () => {
  expect(await begin('new')).toEqual({ left: ['own', 'other'], record: { model, finished: false } });
});

it('deletes those of another model, of an unknown one, and those to be made anew, but not those of other folds', async () => {
  const begun = { left: ['other'], record: { model, finished: false } };
  expect(await begin('old')).toEqual(begun);
  expect(await begin(null)).toEqual(begun);
  expect(await begin('new', { damaged: true })).toEqual(begun);
  expect(await begin('new', { overwrite: true })).toEqual(begun);
  const unknown = await begin('new', { model: null });
  expect(unknown).toEqual({ left: ['other'], record: { model, finished: false } });
});

it('makes the folder', async () => {
  const folder = join(temporaryFolder(), 'model', 'pred_next_stage');
  await beginNextStage(folder, { fold: 0, ids: ['a'], model, overwrite: false });
  expect(await readNextStageRecord(folder, 0)).toEqual({ model, finished: false });
});
