import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseProperties, Plans } from '@nnunet/schema';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { shippedPreprocessors } from '../preprocessor-registry.ts';
import type { CaseJob, JobOptions } from './case-jobs.ts';
import { RULES } from './case-sources.ts';
import { type CropTaskOptions, cropTask } from './crop-task.ts';
import { preparationMemory, preprocessTask } from './preprocess-task.ts';

/** What the tasks ask to be done; nothing is. */
const asked = vi.hoisted(() => ({ jobs: [] as unknown[], options: {} as unknown }));
vi.mock('./case-jobs.ts', () => ({
  async runCaseJobs(jobs: CaseJob[], options: JobOptions) {
    Object.assign(asked, { jobs, options });
    return ['a notice'];
  },
}));

const properties: CaseProperties = {
  original_size_of_raw_data: [10, 20, 30],
  original_spacing: [1, 2, 3],
  list_of_data_files: [],
  seg_file: null,
  itk_origin: [0, 0, 0],
  itk_spacing: [3, 2, 1],
  itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  crop_bbox: [
    [0, 10],
    [0, 20],
    [0, 30],
  ],
  classes: [0],
  size_after_cropping: [10, 20, 30],
};
const plans: Plans = {
  ...tinyPlans([4, 4, 4], { spacing: [4, 1, 1] }),
  num_modalities: 2,
  transpose_forward: [1, 0, 2],
  transpose_backward: [1, 0, 2],
};

describe('cropTask', () => {
  let folder: string;
  let images: string[];
  let raw: { id: string; images: string[]; labels: string | null };
  let begun: number;
  beforeEach(() => {
    folder = temporaryFolder();
    for (const name of ['imagesTr', 'labelsTr', 'out']) mkdirSync(join(folder, name));
    images = ['imagesTr/a_0000.nii.gz', 'imagesTr/a_0001.nii.gz'].map((name) => join(folder, name));
    writeFileSync(images[0]!, 'x'.repeat(100));
    writeFileSync(images[1]!, 'y'.repeat(25));
    raw = { id: 'a', images, labels: join(folder, 'labelsTr/a.nii.gz') };
    writeFileSync(raw.labels!, 'z');
    begun = 0;
  });
  const crop = async (options: Partial<CropTaskOptions> = {}) => {
    const onBegin = async () => void begun++;
    const outcome = await cropTask({ cases: [raw], outFolder: join(folder, 'out'), onBegin, ...options });
    return { ...outcome, jobs: asked.jobs as (CaseJob & { task: { copyOnly: boolean } })[] };
  };
  /** As if the case had been cropped from what it is made from now; `made_from` of something else. */
  const cropped = (ending: '.json' | '.pkl', made_from?: Record<string, string>) => {
    writeFileSync(join(folder, 'out/a.npz'), '');
    const text = JSON.stringify({ ...properties, ...(made_from === undefined ? {} : { made_from }) });
    writeFileSync(join(folder, `out/a${ending}`), ending === '.json' ? text : '');
  };

  it('asks for forty times the bytes of the images, and passes on what it was given', async () => {
    const { signal } = new AbortController();
    const options = { workers: 3, maxMemory: 5, signal, declaredLabels: [0, 7] };
    const { hashes, notices, jobs } = await crop(options);
    expect(notices).toEqual(['a notice']);
    expect(Object.keys(hashes)).toEqual(['imagesTr/a_0000.nii.gz', 'imagesTr/a_0001.nii.gz', 'labelsTr/a.nii.gz']);
    expect(jobs).toEqual([
      {
        id: 'a',
        memory: 40 * 125,
        task: {
          kind: 'crop',
          raw,
          outFolder: join(folder, 'out'),
          groundTruthFolder: join(folder, 'out/gt_segmentations'),
          state: { hashes, stamps: expect.anything() },
          copyOnly: false,
          declaredLabels: [0, 7],
        },
      },
    ]);
    expect(asked.options).toMatchObject(options);
    expect(begun).toBe(1);
    const elsewhere = await crop({ groundTruthFolder: null, outFolder: join(folder, 'new/out') });
    expect(elsewhere.jobs).toMatchObject([{ task: { groundTruthFolder: null } }]);
    expect(existsSync(join(folder, 'new/out'))).toBe(true);
  });

  it('copies labels alone where the cropped case is of the same files', async () => {
    const { hashes } = await crop();
    begun = 0;
    cropped('.json', { ...hashes, ...RULES });
    expect((await crop()).jobs).toMatchObject([{ memory: 0, task: { copyOnly: true } }]);
    expect(begun).toBe(0);
    expect((await crop({ overwrite: true })).jobs).toMatchObject([{ memory: 5000, task: { copyOnly: false } }]);
    expect(begun).toBe(1);
    // Another case is to be cropped.
    await crop({ cases: [raw, { ...raw, id: 'b' }] });
    expect(begun).toBe(2);
    writeFileSync(images[0]!, 'changed');
    expect((await crop()).jobs).toMatchObject([{ task: { copyOnly: false } }]);
    cropped('.json', hashes);
    expect((await crop()).jobs).toMatchObject([{ task: { copyOnly: false } }]);
  });

  it.each(['.json', '.pkl'] as const)(
    'takes a case that does not say what it is of, unless it is recorded: %s',
    async (ending) => {
      const { hashes } = await crop();
      cropped(ending);
      const copies = async (recorded?: Record<string, string> | null) =>
        (await crop(recorded === undefined ? {} : { recorded })).jobs[0]!.task.copyOnly;
      expect([await copies(), await copies(null), await copies(hashes)]).toEqual([true, true, true]);
      expect(await copies({ ...hashes, 'labelsTr/a.nii.gz': 'other' })).toBe(false);
      expect(await copies({})).toBe(false);
    },
  );

  it('crops anew where a part of the case is missing', async () => {
    writeFileSync(join(folder, 'out/a.npz'), '');
    expect((await crop()).jobs).toMatchObject([{ task: { copyOnly: false } }]);
  });

  it('leaves a file that cannot be read to its case, and stops when aborted', async () => {
    const missing = { id: 'none', images: [join(folder, 'none.nii.gz')], labels: null };
    const { jobs, hashes } = await crop({ cases: [missing] });
    expect(hashes).toEqual({});
    expect(jobs).toMatchObject([{ id: 'none', memory: 0, task: { state: { hashes: {}, stamps: {} } } }]);
    await expect(crop({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('preprocessTask', () => {
  it('prepares all cases of the folder, or those that are named', async () => {
    const croppedFolder = temporaryFolder();
    for (const name of ['b.npz', 'a.npz', 'a.json', '.hidden.npz', 'notes.txt'])
      writeFileSync(join(croppedFolder, name), '');
    writeFileSync(join(croppedFolder, 'a.json'), JSON.stringify(properties));
    const outFolder = join(temporaryFolder(), 'new/stage0');
    const madeFrom = { b: { 'cropped case': 'h' } };
    const options = { croppedFolder, outFolder, plans, stage: 0, madeFrom, maxMemory: 9 };
    await preprocessTask(options);
    const common = { kind: 'prepare', croppedFolder, outFolder, plans, stage: 0, plugins: [] };
    expect(asked.jobs).toEqual([
      { id: 'a', memory: preparationMemory(properties, plans, 0), task: { ...common, id: 'a', madeFrom: undefined } },
      { id: 'b', memory: 0, task: { ...common, id: 'b', madeFrom: madeFrom.b } },
    ]);
    expect(asked.options).toBe(options);
    expect(existsSync(outFolder)).toBe(true);
    await preprocessTask({ ...options, cases: ['b'], preprocessors: shippedPreprocessors.withModule('/mine.mjs', {}) });
    expect(asked.jobs).toMatchObject([{ id: 'b', task: { plugins: ['/mine.mjs'] } }]);
  });
});

it('estimates the memory that preparing a case takes', () => {
  // Two images and labels: 6000 voxels each, 20 x 10 x 30 of 2 x 1 x 3 mm in the network's order, become 10 x 10 x 90.
  const overhead = 320 * 2 ** 20;
  expect(preparationMemory(properties, plans, 0)).toBe(overhead + 4 * (6000 * (6 + 2) + 9000 * 6));
  // A stage that is not there keeps the spacing.
  expect(preparationMemory(properties, plans, 1)).toBe(overhead + 4 * (6000 * 8 + 6000 * 6));
});
