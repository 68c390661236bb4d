import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Roots, resolveRoots } from '@nnunet/schema';
import { croppedFolder, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { listCases, readPlans } from '@nnunet/store';
import { readMadeFrom } from '@nnunet/store/internal';
import { temporaryFolder } from '@nnunet/testing';
import { readVolume, writeVolume } from '@nnunet/volume/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadExtensions } from './extensions.ts';
import { planAndPreprocess } from './plan-and-preprocess.ts';
import type { PlanAndPreprocessOptions } from './preparation-rules.ts';
import { checkStage } from './prepare-stage.ts';
import { listener, writeSmallTask } from './small-task.fixture.ts';

const task = 'Task901_Balls';
const CASES = ['ball_0', 'ball_1', 'ball_2', 'ball_3'];

class Experiment {
  readonly root = temporaryFolder();
  readonly roots: Roots = resolveRoots({ root: this.root, env: {} });
  readonly raw = rawFolder(this.roots, task);
  readonly cropped = croppedFolder(this.roots, task);
  readonly prepared = preprocessedFolder(this.roots, task);
  readonly stage = join(this.prepared, 'nnUNetData_plans_v2.1_stage0');
  readonly reporter = listener();

  /** Plans, and stops like Ctrl-C when that many cases are done with a step. */
  async plan(more: Partial<PlanAndPreprocessOptions> = {}, stop?: { what: RegExp; done: number }): Promise<void> {
    const abort = new AbortController();
    const reporter = {
      ...this.reporter,
      progress: ({ what, done }: { what: string; done: number }) => {
        if (stop?.what.test(what) && done >= stop.done) abort.abort();
      },
    };
    const run = planAndPreprocess({
      roots: this.roots,
      taskIds: [task],
      planner3d: 'ExperimentPlanner3D_v21',
      planner2d: null,
      preprocess: true,
      workersLowres: 1,
      workersFullres: 1,
      verify: false,
      reporter,
      signal: abort.signal,
      ...more,
    });
    if (stop === undefined) await run;
    else await expect(run).rejects.toThrow(/abort/);
  }

  /** The content of all prepared arrays and cropped cases, hashed. */
  content(): Record<string, string> {
    const read = (folder: string, ending: string) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(ending))
        .map((name) => [
          name,
          createHash('sha256')
            .update(readFileSync(join(folder, name)))
            .digest('hex'),
        ]);
    return Object.fromEntries([...read(this.stage, '.npy'), ...read(this.cropped, '.npz')]);
  }

  /** Marks the cases that are there, to see later which were written again. */
  age(folder: string, ending: string): void {
    for (const name of readdirSync(folder)) if (name.endsWith(ending)) utimesSync(join(folder, name), 1000, 1000);
  }

  writtenSince(folder: string, ending: string): string[] {
    const fresh = (name: string) => (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > 1_000_000;
    return CASES.filter((id) => fresh(id + ending));
  }

  /** Another image for a case. */
  async change(id: string): Promise<void> {
    const path = join(this.raw, 'imagesTr', `${id}_0000.nii.gz`);
    const volume = await readVolume(path);
    await writeVolume(path, { ...volume, data: Float32Array.from(volume.data as Float32Array, (v) => v * 2 + 1) });
  }
}

let one: Experiment;
beforeEach(async () => {
  one = new Experiment();
  await writeSmallTask(one.raw, CASES.length);
});

/** What a run without interruption makes of the same raw data. */
async function undisturbed(): Promise<Record<string, string>> {
  const other = new Experiment();
  await writeSmallTask(other.raw, CASES.length);
  for (const id of CASES) {
    const name = `imagesTr/${id}_0000.nii.gz`;
    writeFileSync(join(other.raw, name), readFileSync(join(one.raw, name)));
  }
  await other.plan();
  return other.content();
}

describe('a preprocessing that was stopped', () => {
  it('leaves a stage that is refused, goes on with the cases that are missing, and ends like an unbroken one', async () => {
    await one.plan({}, { what: /^preprocessing/, done: 2 });
    const plans = await readPlans(join(one.prepared, 'nnUNetPlansv2.1_plans_3D.json'));
    await expect(listCases(one.stage)).rejects.toMatchObject({ tag: 'unfinished', message: /4 cases/ });
    await expect(checkStage(plans, 0, one.prepared, one.cropped)).rejects.toMatchObject({ tag: 'unfinished' });
    const before = readdirSync(one.stage).filter((name) => /^ball_\d\.json$/.test(name));
    expect(before.length).toBeGreaterThanOrEqual(2);
    expect(before.length).toBeLessThan(4);
    writeFileSync(join(one.stage, '.ball_3.npy.0123456789ab.tmp'), 'left by a killed process');
    one.age(one.stage, '.npy');
    await one.plan();
    expect(one.writtenSince(one.stage, '.npy')).toEqual(CASES.filter((id) => !before.includes(`${id}.json`)));
    expect(one.reporter.messages).toContainEqual(
      `nnUNetData_plans_v2.1_stage0: ${before.length} of 4 cases are already preprocessed and are kept`,
    );
    expect(await listCases(one.stage)).toEqual(CASES);
    expect(await checkStage(plans, 0, one.prepared, one.cropped)).toBeNull();
    expect(readdirSync(one.stage).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(one.content()).toEqual(await undisturbed());
  });

  it('takes no half-written case for a whole one', async () => {
    await one.plan({}, { what: /^preprocessing/, done: 3 });
    const [first, second] = readdirSync(one.stage).filter((name) => /^ball_\d\.npy$/.test(name));
    writeFileSync(join(one.stage, first!), readFileSync(join(one.stage, first!)).subarray(0, 5000));
    writeFileSync(join(one.stage, second!.replace('.npy', '.json')), '');
    await one.plan();
    expect(one.content()).toEqual(await undisturbed());
  });

  it.each([
    ['cropping', 1],
    ['preprocessing', 1],
  ])('after images were changed, mixes no old ones in: stopped while %s', async (step, done) => {
    await one.plan();
    const today = (await readMadeFrom(one.cropped))!;
    await one.change('ball_1');
    await one.change('ball_2');
    await one.plan({}, { what: new RegExp(`^${step}`), done });
    // One of them is changed once more meanwhile: what counts is what each crop was made from.
    await one.change('ball_2');
    one.age(one.cropped, '.npz');
    await one.plan();
    expect(one.writtenSince(one.cropped, '.npz')).not.toContain('ball_0');
    expect(one.content()).toEqual(await undisturbed());
    const record = (await readMadeFrom(one.cropped))!;
    expect(Object.keys(record.sources)).toEqual(Object.keys(today.sources));
    expect(record.unfinished).toBeUndefined();
  });

  it('refuses prepared cases of a data set whose cropping was stopped', async () => {
    await one.plan();
    const plans = await readPlans(join(one.prepared, 'nnUNetPlansv2.1_plans_3D.json'));
    await one.change('ball_1');
    await one.change('ball_2');
    await one.plan({}, { what: /^cropping/, done: 3 });
    await expect(checkStage(plans, 0, one.prepared, one.cropped)).rejects.toMatchObject({ tag: 'unfinished' });
  });
});

describe('a preprocessing that is run again', () => {
  it('works on the cases alone that changed, and removes those that are gone', async () => {
    await one.plan();
    one.age(one.cropped, '.npz');
    one.age(one.stage, '.npy');
    await one.plan();
    expect(one.writtenSince(one.cropped, '.npz')).toEqual([]);
    // The statistics of MRI decide nothing: each case stands for itself.
    await one.change('ball_2');
    const description = JSON.parse(readFileSync(join(one.raw, 'dataset.json'), 'utf8'));
    description.training = description.training.slice(0, 3);
    writeFileSync(join(one.raw, 'dataset.json'), JSON.stringify({ ...description, numTraining: 3 }));
    for (const name of ['imagesTr/ball_3_0000.nii.gz', 'labelsTr/ball_3.nii.gz']) rmSync(join(one.raw, name));
    await one.plan();
    expect(one.writtenSince(one.cropped, '.npz')).toEqual(['ball_2']);
    expect(one.writtenSince(one.stage, '.npy')).toEqual(['ball_2']);
    expect(await listCases(one.stage)).toEqual(['ball_0', 'ball_1', 'ball_2']);
    for (const folder of [one.cropped, one.prepared])
      expect(readdirSync(join(folder, 'gt_segmentations'))).toEqual(
        ['ball_0', 'ball_1', 'ball_2'].map((id) => `${id}.nii.gz`),
      );
  });

  it('does all cases again where a module of the user changed', async () => {
    const plugin = join(one.root, 'mine.mjs');
    const write = (value: number) =>
      writeFileSync(plugin, `export const one = { name: 'one', normalize: (image) => image.fill(${value}) };`);
    write(1);
    const extensions = await loadExtensions([plugin]);
    await one.plan({ extensions });
    one.age(one.stage, '.npy');
    await one.plan({ extensions });
    expect(one.writtenSince(one.stage, '.npy')).toEqual([]);
    write(2);
    await one.plan({ extensions });
    expect(one.writtenSince(one.stage, '.npy')).toEqual(CASES);
  });

  it('can write over copies of read-only files', async () => {
    for (const id of CASES) chmodSync(join(one.raw, 'labelsTr', `${id}.nii.gz`), 0o400);
    await one.plan();
    for (const folder of [one.cropped, one.prepared]) {
      for (const name of readdirSync(join(folder, 'gt_segmentations')))
        expect(statSync(join(folder, 'gt_segmentations', name)).mode & 0o200).toBe(0o200);
    }
  });
});

it('plans 2D and 3D of a task at the same time, and twice the same', async () => {
  const none = { planner3d: null, planner2d: 'ExperimentPlanner2D_v21' };
  await Promise.all([one.plan(), one.plan(none), one.plan(), one.plan(none)]);
  for (const folder of [one.cropped, one.prepared])
    expect(readdirSync(join(folder, 'gt_segmentations'))).toEqual(CASES.map((id) => `${id}.nii.gz`));
  for (const stage of ['nnUNetData_plans_v2.1_stage0', 'nnUNetData_plans_v2.1_2D_stage0'])
    expect(await listCases(join(one.prepared, stage))).toEqual(CASES);
  expect(one.content()).toEqual(await undisturbed());
  expect(readdirSync(one.prepared).filter((name) => name.includes('lock'))).toEqual([]);
});
