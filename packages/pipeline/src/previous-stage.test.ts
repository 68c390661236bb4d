import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { writeSplits } from '@nnunet/store';
import { writeNextStageRecord } from '@nnunet/store/internal';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { previousStageFolder } from './previous-stage.ts';

const IDS = ['a', 'b', 'c'];
let taskFolder: string;
let lowres: string;
let ask: (plansIdentifier?: string) => Promise<string>;

beforeEach(() => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  taskFolder = join(roots.preprocessed!, 'Task007_Made');
  const one = tinyPlans([16, 16, 8]);
  const plans = { ...one, plans_per_stage: { 0: one.plans_per_stage[0], 1: one.plans_per_stage[0] } };
  const stageFolder = join(taskFolder, 'nnUNetData_plans_v2.1_stage1');
  lowres = join(root, 'nnUNet_results/nnUNet/3d_lowres/Task007_Made/T__nnUNetPlansv2.1');
  for (const folder of [stageFolder, join(lowres, 'pred_next_stage')]) mkdirSync(folder, { recursive: true });
  for (const id of IDS) writeFileSync(join(stageFolder, `${id}.npz`), '');
  ask = (plansIdentifier = 'nnUNetPlansv2.1') =>
    previousStageFolder({ roots, task: 'Task007_Made', trainer: 'T', plansIdentifier, plans });
});

/** Leaves predictions for the cascade. */
function predicted(...ids: string[]): void {
  for (const id of ids) writeFileSync(join(lowres, 'pred_next_stage', `${id}_segFromPrevStage.npz`), '');
}

/** Leaves the final model of a fold. */
function trained(...folds: string[]): void {
  for (const fold of folds) {
    mkdirSync(join(lowres, fold));
    writeFileSync(join(lowres, fold, 'model_final_checkpoint.safetensors'), '');
  }
}

async function folds(...validated: string[][]): Promise<void> {
  const splits = validated.map((val) => ({ train: IDS.filter((id) => !val.includes(id)), val }));
  await writeSplits(join(taskFolder, 'splits_final.json'), splits);
}

it('is the folder where every case has a prediction of a model that is still there', async () => {
  predicted(...IDS);
  const folder = join(lowres, 'pred_next_stage');
  expect(await ask()).toBe(folder);
  await writeNextStageRecord(folder, 0, { model: { file: 'gone', sha256: '' }, finished: true });
  await expect(ask()).rejects.toMatchObject({ tag: 'stale-previous-stage' });
});

it('names the five folds where no splits are known', async () => {
  predicted('a', 'c');
  await expect(ask()).rejects.toMatchObject({
    tag: 'missing-previous-stage',
    where: join(lowres, 'pred_next_stage'),
    message: expect.stringMatching(/3d_lowres \(T\).* 1 of 3 are missing\n {2}Train the five folds of 3d_lowres: /),
  });
  await expect(ask()).rejects.toThrow('nnUNet_train 3d_lowres T Task007_Made FOLD for FOLD 0 to 4.');
  await expect(ask('mine')).rejects.toThrow('3 of 3 are missing');
  await expect(ask('mine')).rejects.toThrow('nnUNet_train 3d_lowres T Task007_Made FOLD `plansIdentifier` mine for');
  await expect(ask()).rejects.not.toThrow(/"all"/);
  trained('all');
  await expect(ask()).rejects.toThrow(/are missing; a model of fold "all" cannot provide them/);
});

it('names the folds that miss a case: those to train, and those that are trained', async () => {
  await folds(['a'], ['b'], ['c']);
  predicted('b');
  const command = 'nnUNet_train 3d_lowres T Task007_Made';
  await expect(ask()).rejects.toThrow(`\n  Train fold 0, 2 of 3d_lowres: ${command} 0.`);
  trained('fold_0');
  await expect(ask()).rejects.toThrow(
    `\n  Train fold 2 of 3d_lowres: ${command} 2; and predict for the cascade with the finished fold 0: ${command} 0 \`validationOnly\`.`,
  );
  trained('fold_2');
  await expect(ask()).rejects.toThrow(
    `\n  Predict for the cascade with the finished fold 0, 2: ${command} 0 \`validationOnly\`.`,
  );
});

it('names a case that no fold validates', async () => {
  await folds(['a'], ['b']);
  await expect(ask()).rejects.toThrow('\n  No fold validates c: correct splits_final.json');
});

it('reads splits of v1 too', async () => {
  writeFileSync(join(taskFolder, 'splits_final.pkl'), 'damaged');
  await expect(ask()).rejects.not.toMatchObject({ tag: 'missing-previous-stage' });
});
