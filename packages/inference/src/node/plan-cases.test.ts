import { mkdir, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { readVolume, writeVolume } from '@nnunet/volume/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FolderEstimate, FolderProgress } from './folder-options.ts';
import { loadModel } from './load-model.ts';
import { writeImage, writeModel } from './noise-task.fixture.ts';
import { predictFolder } from './predict-folder.ts';
import type { TrainedModel } from './trained-model.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
let model: TrainedModel;

beforeAll(async () => {
  await writeModel(root, 0);
  model = await loadModel(join(root, 'model'), { threads: 1 });
  return () => model.dispose();
});

/** Predicts images of [z, y, x] voxels, of which some are changed first. */
async function run(shapes: Record<string, [number, number, number]>, change: (folder: string) => Promise<void>) {
  const inputFolder = join(temporaryFolder(), 'images');
  await mkdir(inputFolder);
  for (const [id, shape] of Object.entries(shapes)) await writeImage(inputFolder, id, () => false, shape);
  await change(inputFolder);
  const outputFolder = join(inputFolder, '../out');
  let estimate: FolderEstimate | undefined;
  const progress: FolderProgress[] = [];
  const messages: string[] = [];
  const result = await predictFolder({
    model,
    inputFolder,
    outputFolder,
    onEstimate: (e) => (estimate = e),
    onProgress: (p) => progress.push(p),
    onMessage: (text) => messages.push(text),
  });
  const written = (await readdir(outputFolder)).filter((name) => name.endsWith('.nii.gz')).sort();
  return { result, estimate, progress, messages, written };
}

const file = (folder: string, id: string) => join(folder, `${id}_0000.nii.gz`);

it('counts the tiles of what is left when the frame of zeros is cropped away', async () => {
  // 12 voxels of 40 along each axis; at 0.8 x 1.25 x 1 mm for a target of 1 mm these are 10 x 15 x 12 for the network.
  const inside = (n: number) => n >= 20 && n < 32;
  const none = async () => undefined;
  const whole = await run({ a: [12, 12, 12] }, none);
  const framed = await run({ a: [40, 40, 40], b: [40, 40, 40] }, async (folder) => {
    for (const id of ['a', 'b'])
      await writeImage(folder, id, (z, y, x) => !(inside(z) && inside(y) && inside(x)), [40, 40, 40]);
  });
  expect(whole.estimate!.evaluations).toBeGreaterThan(0);
  expect(framed.estimate!.evaluations).toBe(2 * whole.estimate!.evaluations);
  expect(framed.result.predicted).toEqual(['a', 'b']);
});

describe('one case that cannot be predicted does not take the others with it', () => {
  const shapes = { a: [14, 10, 12], bad: [14, 10, 12], c: [14, 10, 12] } as Record<string, [number, number, number]>;

  async function expectOthers(change: (folder: string) => Promise<void>, ...words: RegExp[]) {
    const { result, written, messages, estimate } = await run(shapes, change);
    expect(result.predicted.sort()).toEqual(['a', 'c']);
    expect(written).toEqual(['a.nii.gz', 'c.nii.gz']);
    expect(result.failed.map(({ id }) => id)).toEqual(['bad']);
    const said = messages.join('\n');
    expect(said).toMatch(/^bad failed and is left out: /m);
    expect(said).not.toMatch(/Invalid (typed )?array|undefined|NaN/);
    for (const word of words) expect(said).toMatch(word);
    return estimate!;
  }

  it('a spacing of 1000 mm', async () => {
    const estimate = await expectOthers(
      async (folder) => {
        const volume = await readVolume(file(folder, 'bad'));
        await writeVolume(file(folder, 'bad'), { ...volume, spacing: [1000, 1000, 1000] });
      },
      /14 x 10 x 12 voxels of 1000 x 1000 x 1000 mm/,
      /spacing in the header/,
    );
    expect(estimate.cases).toBe(2);
  });

  it('a single slice thinner than half of the target spacing', async () => {
    await expectOthers(async (folder) => {
      await writeImage(folder, 'bad', () => false, [1, 10, 12]);
      const volume = await readVolume(file(folder, 'bad'));
      await writeVolume(file(folder, 'bad'), { ...volume, spacing: [0.1, 1, 1] });
    }, /10 x 1 x 12 voxels at 1 x 0\.1 x 1 mm/);
  });

  it('an image of zeros, and one that is cut off', async () => {
    await expectOthers((folder) => writeImage(folder, 'bad', () => true));
    await expectOthers((folder) => truncate(file(folder, 'bad'), 2000));
  });
});
