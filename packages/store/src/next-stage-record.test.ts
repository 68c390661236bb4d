import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors } from '@nnunet/tensor';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { requireOwnNextStage, writeNextStageRecord } from './next-stage-record.ts';
import { hashWeights } from './weights-hash.ts';

let model: string;
let folder: string;
beforeEach(async () => {
  model = temporaryFolder();
  folder = join(model, 'pred_next_stage');
  mkdirSync(folder);
});

/** Writes a checkpoint of one weight. */
function train(fold: string, weight: number): string {
  mkdirSync(join(model, fold), { recursive: true });
  const file = join(model, fold, 'final.safetensors');
  writeFileSync(file, encodeSafetensors(new Map([['weight.a', { data: Float32Array.of(weight), shape: [1] }]]), {}));
  return file;
}

async function predict(fold: number | 'all', finished = true): Promise<void> {
  const sha256 = await hashWeights(train(fold === 'all' ? 'all' : `fold_${fold}`, 1));
  await writeNextStageRecord(folder, fold, { model: { file: 'final.safetensors', sha256 }, finished });
}

const check = () => requireOwnNextStage(folder, model);

it('accepts what the models that are there have predicted, and folds without a record', async () => {
  await check();
  writeFileSync(join(folder, 'case_segFromPrevStage.npz'), '');
  writeFileSync(join(folder, 'fold_x.json'), 'no record');
  for (const fold of [0, 12, 'all'] as const) await predict(fold);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['fold_0.json', 'fold_12.json', 'all.json']));
  await check();
});

it('refuses what is not finished, or of another model, and says what to do', async () => {
  await predict(1, false);
  await expect(check()).rejects.toMatchObject({
    tag: 'stale-previous-stage',
    where: join(folder, 'fold_1.json'),
    message: expect.stringMatching(/fold_1 of 3d_lowres has not finished predicting[\s\S]*TASK 1 `validationOnly`\./),
  });
  await predict(1);
  train('fold_1', 2);
  await expect(check()).rejects.toThrow(
    /the predictions of fold_1 .* were made by an earlier model than final[\s\S]*TASK 1 `validationOnly`\./,
  );
  rmSync(join(model, 'fold_1'), { recursive: true });
  await expect(check()).rejects.toThrow(/model of fold_1 .* no longer exists[\s\S]*TASK 1 `continueTraining`\./);
});

it('knows models of v2 by their files, and names its command', async () => {
  mkdirSync(join(model, 'fold_0'));
  const file = join(model, 'fold_0/checkpoint_final.pth');
  writeFileSync(file, 'weights');
  const sha256 = await hashWeights(file);
  await writeNextStageRecord(folder, 0, { model: { file: 'checkpoint_final.pth', sha256 }, finished: true });
  const ofV2 = () => requireOwnNextStage(folder, model, { configuration: 'low', command: 'nnUNetv2_train 8 low' });
  await ofV2();
  writeFileSync(file, 'others');
  await expect(ofV2()).rejects.toThrow(
    /of fold_0 of low for .*than checkpoint_final\.pth[\s\S]*: nnUNetv2_train 8 low 0 `/,
  );
  writeFileSync(join(folder, 'fold_0.json'), '{');
  await expect(ofV2()).rejects.toThrow(/predictions of low for[\s\S]*: nnUNetv2_train 8 low FOLD `/);
});

it('tells of the first of several folds', async () => {
  for (const fold of [2, 1] as const) await predict(fold, false);
  await expect(check()).rejects.toThrow(/fold_1 of 3d_lowres/);
});

it.each(['{', 'null', '{"model": {"file": "final"}}', '{"model": {"file": 1, "sha256": "a"}}'])(
  'names a record that is damaged: %s',
  async (text) => {
    writeFileSync(join(folder, 'all.json'), text);
    await expect(check()).rejects.toMatchObject({
      tag: 'stale-previous-stage',
      where: join(folder, 'all.json'),
      message: expect.stringContaining('is damaged'),
    });
  },
);
