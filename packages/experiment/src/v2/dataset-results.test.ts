import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadExtensions } from '@nnunet/pipeline';
import { resolveRoots } from '@nnunet/schema';
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
async function contextOf(members: string[]): Promise<ExperimentContext> {
  const roots = resolveRoots({ root, env: {} });
  const [images, output] = [join(root, 'images'), join(root, 'out')];
  const prediction = { images, output, references: null, parts: 1 };
  const settings = settingsV2({ configurations: ['2d', '3d_fullres'], prediction });
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
