import { cpSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadExtensions } from '@nnunet/pipeline';
import { resolveRoots } from '@nnunet/schema';
import { nextStageFolderV2 } from '@nnunet/schema/internal';
import { hashWeights, writeNextStageRecord, writeValidationRecord } from '@nnunet/store/internal';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExperimentContext } from '../experiment-context.ts';
import { ExperimentFolder } from '../experiment-folder.ts';
import { commandOf } from '../job-command.ts';
import { resultsOf } from '../job-results.ts';
import { planJobs } from '../plan-jobs.ts';
import { modelsOf } from '../prediction-results.ts';
import { facts, settingsV2 } from '../settings.fixture.ts';
import { inShell } from '../shell-command.ts';
import { modelsV2 } from './dataset-models.ts';

type Choice = NonNullable<ExperimentContext['choice']>;

let root: string;
beforeEach(() => {
  root = temporaryFolder();
  for (const id of ['a', 'b']) touch(`images/${id}_0000.nrrd`, 0);
});

/** Makes a file; its time of change is so many minutes after the beginning of 2026. */
function touch(path: string, minutes: number): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  const time = Date.UTC(2026, 0, 1) / 1000 + 60 * minutes;
  utimesSync(file, time, time);
}

/** An experiment of two configurations on images that end in .nrrd. */
async function contextOf(
  members: string[],
  configurations: readonly string[] = ['2d', '3d_fullres'],
): Promise<ExperimentContext> {
  const roots = resolveRoots({ root, env: {} });
  const [images, output] = [join(root, 'images'), join(root, 'out')];
  const prediction = { images, output, references: null, parts: 1 };
  const settings = settingsV2({ configurations, prediction });
  const folder = new ExperimentFolder(roots, settings);
  const choice = { best: { members, postprocessingFile: join(root, 'postprocessing.pkl') } } as unknown as Choice;
  const own = { ...facts, fileEnding: '.nrrd' };
  return {
    ...{ roots, settings, folder, facts: own, choice, extensions: await loadExtensions([]) },
    jobs: planJobs(settings, own),
    inCommands: { settings, choice, reportFile: folder.reportFile },
    record: async () => null,
  };
}

/** A record of the present command, with what it was made from. */
async function recordOf(id: string, context: ExperimentContext) {
  const job = context.jobs.find((one) => one.id === id)!;
  const attempt = { host: '', pid: 1, started: '2026-01-01T00:00:00Z', ended: '2026-01-01T00:01:00Z', signal: null };
  const command = inShell(commandOf(job, context.inCommands)!);
  const attempts = [{ ...attempt, command, exitCode: 0, outcome: 'done' as const }];
  return { job: id, attempts, madeFrom: await modelsOf(job, context) };
}

async function isDone(id: string, context: ExperimentContext): Promise<boolean> {
  const job = context.jobs.find((one) => one.id === id)!;
  return (await resultsOf(job, context, await recordOf(id, context))).done;
}

describe('predictions by v2', () => {
  it('have the file ending of the dataset, and probabilities where they are merged', async () => {
    const context = await contextOf(['2d', '3d_fullres']);
    for (const id of ['a', 'b']) touch(`out/2d/${id}.nii.gz`, 1);
    for (const id of ['a', 'b']) touch(`out/2d/${id}.npz`, 1);
    expect(await isDone('predict-2d-part_0', context)).toBe(false);
    for (const id of ['a', 'b']) touch(`out/2d/${id}.nrrd`, 1);
    expect(await isDone('predict-2d-part_0', context)).toBe(true);
  });

  it('are merged and postprocessed after each other, and anew with another postprocessing', async () => {
    const context = await contextOf(['2d', '3d_fullres']);
    for (const id of ['a', 'b']) for (const one of ['2d', '3d_fullres']) touch(`out/${one}/${id}.npz`, 5);
    for (const id of ['a', 'b']) touch(`out/ensemble/${id}.nrrd`, 6);
    expect(await isDone('merge', context)).toBe(true);
    expect(await isDone('postprocess', context)).toBe(false);
    for (const id of ['a', 'b']) touch(`out/${id}.nrrd`, 7);
    expect(await isDone('postprocess', context)).toBe(true);
    touch('out/ensemble/b.nrrd', 8);
    expect(await isDone('postprocess', context)).toBe(false);
    touch('out/b.nrrd', 9);
    const before = await recordOf('postprocess', context);
    writeFileSync(join(root, 'postprocessing.pkl'), 'another');
    const job = context.jobs.find(({ id }) => id === 'postprocess')!;
    expect((await resultsOf(job, context, before)).done).toBe(false);
  });

  it('are postprocessed from the folder of a single best configuration', async () => {
    const context = await contextOf(['3d_fullres']);
    for (const id of ['a', 'b']) touch(`out/${id}.nrrd`, 3);
    for (const id of ['a', 'b']) touch(`out/3d_fullres/${id}.nrrd`, 4);
    expect(await isDone('postprocess', context)).toBe(false);
    for (const id of ['a', 'b']) touch(`out/${id}.nrrd`, 5);
    expect(await isDone('postprocess', context)).toBe(true);
  });
});

it('takes a fold without checkpoints for not trained', async () => {
  const context = await contextOf(['2d']);
  const job = context.jobs.find(({ kind }) => kind === 'train')!;
  expect(await resultsOf(job, context, null)).toEqual({ done: false });
});

const golden = fileURLToPath(new URL('../../../../../shared/golden/v2/models', import.meta.url));
/** `foreground_mean` of its summary.json. */
const MEAN_DICE = 0.7417103255616059;
const TRAINED = 'Dataset121_Regions/nnUNetTrainer__nnUNetPlansSmall__3d_fullres/fold_0';

describe.skipIf(!existsSync(golden))('trainings of v2 (skipped without ../shared)', () => {
  /** An experiment of which one configuration has a fold that nnU-Net v2 has trained and validated. */
  async function trainedAs(configuration: string, configurations: string[]) {
    const context = await contextOf([configuration], configurations);
    const model = modelsV2.folder(context.roots, context.settings, configuration);
    const fold = join(model, 'fold_0');
    cpSync(join(golden, TRAINED), fold, { recursive: true });
    const sha256 = await hashWeights(join(fold, 'checkpoint_final.pth'));
    const job = context.jobs.find(({ id }) => id === `train-${configuration}-fold_0`)!;
    return { model, fold, sha256, results: () => resultsOf(job, context, null) };
  }

  it('are done with the validation of the final model, but not with that of the best', async () => {
    const { fold, sha256, results } = await trainedAs('3d_fullres', ['2d', '3d_fullres']);
    expect(await results()).toEqual({ done: true, dice: expect.closeTo(MEAN_DICE, 12) });
    const validatedWith = (file: string) =>
      writeValidationRecord(join(fold, 'validation'), { model: { file, sha256 }, args: {} });
    await validatedWith('checkpoint_final.pth');
    expect((await results()).done).toBe(true);
    cpSync(join(fold, 'checkpoint_final.pth'), join(fold, 'checkpoint_best.pth'));
    await validatedWith('checkpoint_best.pth');
    expect((await results()).done).toBe(false);
  });

  it('of a first stage are done once it has predicted what its cascade waits for with the validated model', async () => {
    const { model, fold, sha256, results } = await trainedAs('3d_lowres', ['3d_lowres', '3d_cascade_fullres']);
    await writeValidationRecord(join(fold, 'validation'), {
      model: { file: 'checkpoint_final.pth', sha256 },
      args: {},
    });
    expect((await results()).done).toBe(false);
    const folder = nextStageFolderV2(model, '3d_cascade_fullres');
    mkdirSync(folder, { recursive: true });
    const predicted = (finished: boolean, hash: string) =>
      writeNextStageRecord(folder, 0, { model: { file: 'checkpoint_final.pth', sha256: hash }, finished });
    await predicted(false, sha256);
    expect((await results()).done).toBe(false);
    await predicted(true, '0'.repeat(64));
    expect((await results()).done).toBe(false);
    await predicted(true, sha256);
    expect((await results()).done).toBe(true);
  });
});
