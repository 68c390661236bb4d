import { mkdir, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { readVolume, writeVolume } from '@nnunet/volume/node';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { forecastCase, secondsBeside } from '../case-forecast.ts';
import { RulesV1 } from '../rules-v1.ts';
import { estimateByHeaders, estimateSeconds, evaluationsOf, memoryIn, refusalOf, secondsOf } from './estimate.ts';
import type { FolderEstimate, FolderProgress, PredictFolderOptions } from './folder-options.ts';
import { loadModel } from './load-model.ts';
import { description, writeImage, writeModel } from './noise-task.fixture.ts';
import { predictFolder } from './predict-folder.ts';
import type { TrainedModel } from './trained-model.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
let model: TrainedModel;

beforeAll(async () => {
  await writeModel(root, 0);
  model = await loadModel(join(root, 'model'), { compute: { threads: 1 } });
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
    expect(said).toMatch(/^bad failed and is skipped: /m);
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
    // The caller tells of an only case.
    const { result, messages } = await run({ bad: shapes.bad! }, (folder) => truncate(file(folder, 'bad'), 2000));
    expect(result.failed).toHaveLength(1);
    expect(messages).toEqual([]);
  });
});

describe('without a network', () => {
  const rules = new RulesV1(description);
  const ensemble = {
    placement: (shape: readonly number[], { stepSize = 0.5 }: { stepSize?: number }) => ({
      imageSize: shape.slice(1),
      patchSize: [8, 8, 8],
      stepSize,
      mirrorAxes: [0, 2],
    }),
  };
  const options = { model: { rules, channels: 1, description, ensemble } } as unknown as PredictFolderOptions;
  afterEach(() => void vi.restoreAllMocks());

  async function foreseen(...images: [id: string, shape: [number, number, number], frame: number][]) {
    const folder = temporaryFolder();
    for (const [id, shape, frame] of images)
      await writeImage(folder, id, (z, y, x) => Math.min(z, y, x) < frame, shape);
    return estimateByHeaders(
      images.map(([id]) => ({ id, images: [file(folder, id)] })),
      options,
    );
  }

  it('counts the evaluations of a case from its header, where it tells them', async () => {
    const folder = temporaryFolder();
    await writeImage(folder, 'a', () => false, [14, 10, 12]);
    await writeImage(folder, 'thin', () => false, [1, 10, 12]);
    const thin = await readVolume(file(folder, 'thin'));
    await writeVolume(file(folder, 'thin'), { ...thin, spacing: [0.1, 1, 1] });
    const names = ['a_0000.nii.gz', 'thin_0000.nii.gz', 'none.nii.gz', 'a_0000.nrrd'];
    const cases = await estimateByHeaders(
      names.map((name) => ({ id: name, images: [join(folder, name)] })),
      options,
    );
    expect(cases.map(({ id }) => id)).toEqual(names);
    // 12 x 11 x 12 voxels of 1 mm: two tiles an axis, in four versions.
    expect(cases.map(({ evaluations }) => evaluations)).toEqual([32, null, null, null]);
    expect(cases.map(({ geometry }) => geometry === null)).toEqual([false, false, true, true]);
    expect(cases[0]!.forecast!.networkShape).toEqual([12, 11, 12]);
    expect(evaluationsOf([12, 11, 12], { ...options, stepSize: 1 })).toBe(32);
    expect(evaluationsOf([13, 11, 17], { ...options, stepSize: 1 })).toBe(4 * 2 * 2 * 3);
    const shapes = { imageShape: [14, 10, 12], networkShape: [12, 11, 12] };
    expect(secondsOf(shapes, options, 2)).toBe(64 + secondsBeside(shapes, 1, 3));
  });

  // 50 x 32 x 40 voxels of 1 mm: 12 x 7 x 9 tiles. Without a frame of 12 voxels 35 x 22 x 28, 8 x 5 x 6 tiles.
  const framed: [string, [number, number, number], number] = ['a', [40, 40, 40], 12];
  const [before, after] = [4 * 12 * 7 * 9, 4 * 8 * 5 * 6];

  it('looks at some cases as long as there is time, and takes the others to be like them', async () => {
    const cases = await foreseen(framed, ['b', [14, 10, 12], 0], ['c', [8, 8, 8], 0]);
    expect(cases.map(({ evaluations }) => evaluations)).toEqual([before, 32, 8]);
    const times = [5, 105, 105.1];
    vi.spyOn(performance, 'now').mockImplementation(() => times.shift()!);
    const planned = await estimateSeconds(cases, options, 1e-6);
    expect(times).toEqual([]);
    expect(planned.map(({ evaluations }) => evaluations)).toEqual([after, Math.round((32 * after) / before), 3]);
    const beside = (imageShape: number[], networkShape: number[]) => secondsBeside({ imageShape, networkShape }, 1, 3);
    const own = after * 1e-6 + beside([40, 40, 40], [35, 22, 28]);
    expect(planned[0]!.seconds).toBeCloseTo(own, 12);
    const share = own / (before * 1e-6 + beside([40, 40, 40], [50, 32, 40]));
    expect(planned[1]!.seconds).toBeCloseTo(share * (32e-6 + beside([14, 10, 12], [12, 11, 12])), 12);
  });

  it('looks for as long as a hundredth of the work, and counts no case as nothing', async () => {
    const cases = await foreseen(framed, ['b', [14, 10, 12], 0], ['c', [6, 6, 6], 0]);
    const whole = 10 * (before + 32 + cases[2]!.evaluations!);
    // Golden steps: the first, the third, the second.
    const times = [0, 10 * whole - 100, 10 * whole + 100];
    vi.spyOn(performance, 'now').mockImplementation(() => times.shift()!);
    const planned = await estimateSeconds(cases, options, 10);
    expect(planned[0]!.evaluations).toBe(after);
    expect(planned[2]!.evaluations).toBe(Math.max(1, Math.round((cases[2]!.evaluations! * after) / before)));
    expect(times).toEqual([]);
  });

  it('looks first at cases that stand for the whole', async () => {
    const cases = await foreseen(...['a', 'b', 'c', 'd', 'e'].map((id): typeof framed => [id, [14, 10, 12], 3]));
    const looked: string[] = [];
    const watched = cases.map((one) => {
      const get = () => {
        looked.push(one.id);
        return one.images[0];
      };
      return { ...one, images: Object.defineProperty([''], 0, { get }) };
    });
    await estimateSeconds(watched, options, 1);
    // 0, 0.618, 0.236, 0.854, 0.472
    expect(looked).toEqual(['a', 'c', 'e', 'b', 'd']);
  });

  it('leaves what it knows where nothing can be looked at', async () => {
    const cases = await foreseen(framed, ['b', [14, 10, 12], 20]);
    const [, empty] = cases;
    const unknown = { ...cases[0]!, forecast: null, evaluations: null };
    const planned = await estimateSeconds([unknown, empty!], options, 2);
    expect(planned.map(({ evaluations, seconds }) => [evaluations, seconds === null])).toEqual([[null, true], [32, false]]); // biome-ignore format: a row
    const lost = { ...cases[0]!, images: ['/nowhere.nii.gz'] };
    expect((await estimateSeconds([lost], options, 2))[0]!.evaluations).toBe(before);
  });
});

const shapes: (readonly number[])[] = [];
const rules = new RulesV1(description, { rule: { entries: [1], minimumSizes: null }, content: null });
/** A model whose sums take so many bytes. */
const modelOf = (sumBytes: number, more: object = {}): PredictFolderOptions =>
  ({ model: { rules, channels: 5, ensemble: { sumBytes: (shape: number[]) => shapes.push(shape) * 0 + sumBytes } }, ...more }) as never; // biome-ignore format: a row
const image = {
  shape: [14, 10, 12] as const,
  spacing: [1, 1, 2] as const,
  origin: [0, 0, 0] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const forecast = forecastCase(rules, image);

it('asks for the sums of the image as the network sees it', () => {
  shapes.length = 0;
  const { predicting } = memoryIn(forecast, modelOf(0));
  expect(memoryIn(forecast, modelOf(1000)).predicting).toBe(predicting + 1000);
  expect(shapes[0]).toEqual([5, 10, 14, 24]);
  const [stored, fast] = [{ saveProbabilities: true }, { mode: 'fast' }].map((more) =>
    memoryIn(forecast, modelOf(0, more)),
  );
  expect(stored!.predicting).not.toBe(predicting);
  expect(fast!.predicting).not.toBe(predicting);
});

it('refuses a case that needs more room than there is, and says when it would', () => {
  const refusal = (sumBytes: number, room: (needed: number) => number, more: object = {}) => {
    const given = modelOf(sumBytes, more);
    const { preparing, predicting } = memoryIn(forecast, given);
    return refusalOf({ id: 'a', forecast }, given, { room: room(Math.max(preparing, predicting)), program: 2e9 });
  };
  expect(refusal(0, (needed) => needed)).toBeNull();
  expect(refusal(5e9, (needed) => needed)).toBeNull();
  expect(refusal(0, (needed) => needed - 1, { mode: 'fast' })?.message).toMatch(
    /^a: preprocessing the case needs about /,
  );
  const predicting = refusal(5e9, () => 3e9)!.message;
  expect(predicting).toMatch(
    /^a: predicting the case needs about 5\.\d GB, .* 2\.0 GB: together 7\.\d GB, but 5\.0 GB are allowed\n/,
  );
  expect(predicting).not.toContain('Without stored probabilities');
  expect(refusal(5e9, () => 3e9, { saveProbabilities: true })!.message).toContain('Without stored probabilities');
  expect(refusalOf({ id: 'a', forecast: null }, modelOf(5e9), { room: 0, program: 0 })).toBeNull();
});

it('doubts the spacing of an image that becomes more than a thousand times as large', () => {
  const message = (x: number) => {
    const grown = forecastCase(rules, { ...image, spacing: [10, 10, x] });
    return refusalOf({ id: 'a', forecast: grown }, modelOf(0), { room: 0, program: 1 })!.message;
  };
  expect(message(10)).not.toContain('spacing');
  expect(message(10.1)).toMatch(
    /; 14 x 10 x 12 voxels of 10 x 10 x 10.1 mm are 100 x 140 x 121 for the network\n {2}Correct the spacing/,
  );
});
