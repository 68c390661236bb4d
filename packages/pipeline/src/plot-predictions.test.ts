import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sliceOfLargestDisagreement } from '@nnunet/plot';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { writeLabels, writeVolume } from '@nnunet/volume/node';
import { afterAll, describe, expect, it } from 'vitest';
import { drawCase } from './draw-case.ts';
import { plotPredictions } from './plot-predictions.ts';
import { listener } from './small-task.fixture.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const folders = {
  images: join(root, 'images'),
  predictions: join(root, 'predictions'),
  references: join(root, 'labels'),
};
const grid = {
  shape: [3, 4, 5],
  spacing: [2, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;

/** Labelled in slice 0 wholly, in slice 1 in part. */
const reference = new Uint8Array(60).fill(1, 0, 24);
/** Misses three voxels of slice 0 and all of slice 1, and adds one to slice 2. */
const prediction = new Uint8Array(60).fill(1, 0, 17);
prediction[45] = 1;

async function writeCase(id: string): Promise<void> {
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  for (const channel of ['0000', '0001']) {
    await writeVolume(join(folders.images, `${id}_${channel}.nii.gz`), {
      ...grid,
      data: new Float32Array(60).map((_, i) => i),
    });
  }
  await writeLabels(join(folders.references, `${id}.nii.gz`), reference, grid);
  await writeLabels(join(folders.predictions, `${id}.nii.gz`), prediction, grid);
}

describe('sliceOfLargestDisagreement', () => {
  it('is the slice where most voxels differ, or with most foreground where none does', () => {
    expect(sliceOfLargestDisagreement(reference, prediction, [3, 4, 5])).toBe(1);
    // One voxel in slice 0 and one in slice 1: the first of equal ones.
    const tie = new Uint8Array(60);
    tie[3] = tie[25] = 1;
    expect(sliceOfLargestDisagreement(tie, new Uint8Array(60), [3, 4, 5])).toBe(0);
    const inLast = new Uint8Array(60).fill(2, 40, 60);
    expect(sliceOfLargestDisagreement(inLast, inLast, [3, 4, 5])).toBe(2);
  });
});

describe('plotPredictions', () => {
  const options = {
    ...folders,
    names: { '1': 'liver' },
    modality: 0,
    outputFolder: join(root, 'out'),
    reporter: listener(),
  };

  it('draws one picture a case, with and without references, of any modality', async () => {
    await writeCase('a');
    await writeCase('b');
    expect(await plotPredictions(options)).toBe(2);
    expect(readdirSync(options.outputFolder).sort()).toEqual(['a.png', 'b.png']);
    const picture = (folder: string) => readFileSync(join(root, folder, 'a.png'));
    expect(await plotPredictions({ ...options, references: undefined, outputFolder: join(root, 'alone') })).toBe(2);
    // Three panels, and two.
    expect(picture('out').readUInt32BE(16)).toBeGreaterThan(1.3 * picture('alone').readUInt32BE(16));
    expect(await plotPredictions({ ...options, modality: 1, outputFolder: join(root, 'second') })).toBe(2);
  });

  it('draws the others where a case is faulty, and leaves no old picture of it', async () => {
    await writeCase('a');
    await writeCase('b');
    await plotPredictions(options);
    await rm(join(options.outputFolder, 'b.png'));
    await writeFile(join(folders.predictions, 'a.nii.gz'), 'no image');
    const message = expect.stringMatching(/^1 of 2 cases failed:\n- .*predictions\/a\.nii\.gz: /);
    await expect(plotPredictions(options)).rejects.toMatchObject({ tag: 'cases-failed', message });
    expect(readdirSync(options.outputFolder)).toEqual(['b.png']);
    await writeCase('a');
  });

  it('names what is missing before it draws anything', async () => {
    const outputFolder = join(root, 'none');
    const fails = (more: object) => expect(plotPredictions({ ...options, outputFolder, ...more })).rejects;
    await fails({ modality: 2 }).toThrow(/there is no .*a_0002\.nii\.gz/);
    await fails({ references: join(root, 'elsewhere') }).toThrow(/elsewhere.*a\.nii\.gz/);
    await fails({ predictions: folders.images, modality: 0 }).toThrow(/there is no .*a_0000_0000/);
    await fails({ modality: -1 }).toThrow(/-1 is no modality/);
    expect(readdirSync(root)).not.toContain('none');
  });
});

describe('drawCase', () => {
  it('refuses a label map of another size by its name', async () => {
    await writeCase('c');
    const other = join(root, 'other.nii.gz');
    await writeLabels(other, new Uint8Array(8), { ...grid, shape: [2, 2, 2] });
    const image = join(folders.images, 'c_0000.nii.gz');
    const output = join(root, 'c.png');
    await expect(drawCase({ image, prediction: other, output })).rejects.toThrow(/other\.nii\.gz.*2 x 2 x 2 voxels/s);
  });
});
