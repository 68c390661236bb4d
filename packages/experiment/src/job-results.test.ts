import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { METADATA_KEY } from '@nnunet/inference/internal';
import { writeSummary } from '@nnunet/metrics/node';
import { stampedSummary } from '@nnunet/metrics/node/internal';
import { loadExtensions } from '@nnunet/pipeline';
import { resolveRoots } from '@nnunet/schema';
import { FILE_NAMES, nextStageFolder } from '@nnunet/schema/internal';
import { writeNextStageRecord } from '@nnunet/store/internal';
import { encodeSafetensors } from '@nnunet/tensor';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { createTrainer } from '@nnunet/trainer';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExperimentContext } from './experiment-context.ts';
import { ExperimentFolder } from './experiment-folder.ts';
import { foldFolder, modelFolderOf } from './experiment-models.ts';
import { commandOf } from './job-command.ts';
import { resultsOf } from './job-results.ts';
import { planJobs } from './plan-jobs.ts';
import { modelsOf } from './prediction-results.ts';
import { facts, settingsWith } from './settings.fixture.ts';
import type { ExperimentSettings } from './settings.ts';
import { inShell } from './shell-command.ts';

type Choice = NonNullable<ExperimentContext['choice']>;

let root: string;
beforeEach(() => {
  root = temporaryFolder();
});

/** Makes a file; its time of change is so many minutes after the beginning of 2026. */
function touch(path: string, minutes: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  const time = Date.UTC(2026, 0, 1) / 1000 + 60 * minutes;
  utimesSync(path, time, time);
}

async function contextOf(changes: Partial<ExperimentSettings>, members: string[] = []): Promise<ExperimentContext> {
  const roots = resolveRoots({ root, env: {} });
  const settings = settingsWith(changes);
  const folder = new ExperimentFolder(roots, settings);
  const best = { name: '', members, dice: {}, score: 0.5, postprocessingFile: null };
  const choice = members.length === 0 ? null : ({ best } as unknown as Choice);
  return {
    ...{ roots, settings, folder, facts, choice, extensions: await loadExtensions([]) },
    jobs: planJobs(settings, facts),
    inCommands: { settings, choice, reportFile: folder.reportFile },
    record: async () => null,
  };
}

/** Whether a job whose present command has ended well is done. */
async function isDone(id: string, context: ExperimentContext): Promise<boolean> {
  const job = context.jobs.find((one) => one.id === id)!;
  const attempt = { host: '', pid: 1, started: '2026-01-01T00:00:00Z', ended: '2026-01-01T00:01:00Z', signal: null };
  const command = inShell(commandOf(job, context.inCommands)!);
  const attempts = [{ ...attempt, command, exitCode: 0, outcome: 'done' as const }];
  return (await resultsOf(job, context, { job: id, attempts, madeFrom: await modelsOf(job, context) })).done;
}

describe('predictions', () => {
  const files = () => ({
    images: join(root, 'images'),
    output: join(root, 'output'),
    references: join(root, 'labels'),
  });
  beforeEach(() => {
    for (const id of ['a', 'b', 'c']) touch(join(files().images, `${id}_0000.nii.gz`), 0);
  });

  it('of a part are those of every second image if there are two parts', async () => {
    const context = await contextOf({ configurations: ['2d'], prediction: { ...files(), parts: 2 } });
    const done = () => Promise.all([0, 1].map((part) => isDone(`predict-2d-part_${part}`, context)));
    touch(join(files().output, 'a.nii.gz'), 1);
    expect(await done()).toEqual([false, false]);
    touch(join(files().output, 'c.nii.gz'), 1);
    expect(await done()).toEqual([true, false]);
    touch(join(files().output, 'b.nii.gz'), 1);
    expect(await done()).toEqual([true, true]);
  });

  it('are merged once each is there and newer than its members', async () => {
    const configurations = ['2d', '3d_fullres'] as const;
    const context = await contextOf({ configurations, prediction: { ...files(), parts: 1 } }, [...configurations]);
    const { output } = files();
    for (const id of ['a', 'b', 'c']) {
      for (const member of configurations) touch(join(output, member, `${id}.npz`), 5);
      touch(join(output, `${id}.nii.gz`), 6);
    }
    expect(await isDone('merge', context)).toBe(true);
    touch(join(output, '3d_fullres', 'c.npz'), 7);
    expect(await isDone('merge', context)).toBe(false);
    touch(join(output, 'c.nii.gz'), 8);
    expect(await isDone('merge', context)).toBe(true);
  });

  it.each(['output', 'references'] as const)('are scored anew if the %s changed since', async (changed) => {
    const context = await contextOf({ configurations: ['2d'], prediction: { ...files(), parts: 1 } });
    const { output, references } = files();
    for (const id of ['a', 'b', 'c']) for (const folder of [output, references]) touch(join(folder, `${id}.nii.gz`), 1);
    const summary = join(output, 'summary.json');
    await writeSummary(summary, stampedSummary([{ test: 'a', reference: 'a', scores: { 1: { Dice: 0.75 } } }]));
    expect(await isDone('evaluate', context)).toBe(true);
    const later = Date.now() / 1000 + 60;
    utimesSync(join(files()[changed], 'b.nii.gz'), later, later);
    expect(await isDone('evaluate', context)).toBe(false);
  });
});

describe('a training', () => {
  /** Makes a checkpoint of a training of two epochs, otherwise with the trainer's own settings, and its plans. */
  async function begin(context: ExperimentContext, folder: string, name: string): Promise<void> {
    const plans = tinyPlans([8, 8, 8]);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(dirname(folder), FILE_NAMES.modelPlans), JSON.stringify(plans));
    const trainer = createTrainer({ plans, configuration: '3d_fullres', trainer: context.settings.trainer });
    const settings = { ...trainer.settings(), epochs: 2 };
    const state = { epoch: 1, iterationLosses: [], settings, log: {} };
    const metadata = { [METADATA_KEY]: JSON.stringify({ version: 1, state }) };
    writeFileSync(join(folder, `${name}.safetensors`), encodeSafetensors(new Map(), metadata));
  }

  /** Makes a final checkpoint of a model that tells nothing of its training, and its validation. */
  async function finish(context: ExperimentContext, configuration: '3d_lowres' | '3d_fullres'): Promise<string> {
    const folder = foldFolder(context, configuration, 0);
    mkdirSync(join(folder, FILE_NAMES.validation), { recursive: true });
    const weights = new Map([['weight.a', { shape: [1], data: Float32Array.of(1) }]]);
    const metadata = { [METADATA_KEY]: JSON.stringify({ version: 1 }) };
    writeFileSync(join(folder, 'model_final_checkpoint.safetensors'), encodeSafetensors(weights, metadata));
    const summary = join(folder, FILE_NAMES.validation, 'summary.json');
    await writeSummary(summary, stampedSummary([{ test: 'a', reference: 'a', scores: { 1: { Dice: 0.75 } } }]));
    return folder;
  }

  it('is done with its validation, and goes on while there is a latest checkpoint', async () => {
    const context = await contextOf({ configurations: ['3d_fullres'] });
    const folder = await finish(context, '3d_fullres');
    const job = context.jobs.find(({ id }) => id === 'train-3d_fullres-fold_0')!;
    expect(await resultsOf(job, context, null)).toEqual({ done: true, dice: 0.75 });
    touch(join(folder, 'model_latest.safetensors'), 0);
    expect(await resultsOf(job, context, null)).toEqual({ done: false });
    // The damaged checkpoint alone.
    rmSync(join(folder, 'model_final_checkpoint.safetensors'));
    expect(await resultsOf(job, context, null)).toEqual({ done: false });
  });

  it.each([
    ['model_final_checkpoint', 'finished'],
    ['model_latest', 'begun'],
  ])('that is not as asked is refused: %s', async (name, state) => {
    const context = await contextOf({ configurations: ['3d_fullres'], arguments: { train: ['--epochs', '3'] } });
    const folder = foldFolder(context, '3d_fullres', 0);
    await begin(context, folder, name);
    const job = context.jobs.find(({ id }) => id === 'train-3d_fullres-fold_0')!;
    const { refusal } = await resultsOf(job, context, null);
    expect(refusal?.message).toMatch(
      `${folder}: fold 0 of 3d_fullres is ${state}, but not as asked: it was trained with`,
    );
    expect(refusal?.message).toMatch(`--epochs 2, but --epochs 3 is asked for now`);
    const same = await contextOf({ configurations: ['3d_fullres'], arguments: { train: ['--epochs', '2'] } });
    expect((await resultsOf(job, same, null)).refusal).toBeUndefined();
  });

  it('of 3d_lowres must have predicted the input of the cascade, if there is one', async () => {
    const alone = await contextOf({ configurations: ['3d_lowres'] });
    const context = await contextOf({ configurations: ['3d_cascade_fullres'] });
    await finish(context, '3d_lowres');
    const done = (of: ExperimentContext) => isDone('train-3d_lowres-fold_0', of);
    expect([await done(alone), await done(context)]).toEqual([true, false]);
    const folder = nextStageFolder(modelFolderOf(context, '3d_lowres'));
    const model = { file: 'model_final_checkpoint.safetensors', sha256: '0'.repeat(64) };
    mkdirSync(folder);
    await writeNextStageRecord(folder, 0, { model, finished: false });
    expect(await done(context)).toBe(false);
    await writeNextStageRecord(folder, 0, { model, finished: true });
    expect(await done(context)).toBe(true);
  });
});
