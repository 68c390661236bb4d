import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import type { Volume } from '@nnunet/volume';
import type { GridNotice } from '@nnunet/volume/internal';
import { writeVolume } from '@nnunet/volume/node';
import { expect, it } from 'vitest';
import { evaluateFolder } from './evaluate-folder.ts';
import { evaluateRegions } from './evaluate-regions.ts';

const root = temporaryFolder();
let count = 0;

/** Folders of references and predictions, label maps of a block that differ in where they lie. */
async function folders(...pairs: [reference: Partial<Volume>, prediction: Partial<Volume>][]) {
  const reference = join(root, `${count}`, 'ref');
  const predictions = join(root, `${count++}`, 'pred');
  for (const folder of [reference, predictions]) mkdirSync(folder, { recursive: true });
  const data = Uint8Array.from({ length: 4 * 5 * 6 }, (_, i) => (i % 7 === 0 ? 1 : 0));
  const label = { data, shape: [4, 5, 6], spacing: [2, 1, 1], origin: [0, 0, 0] } as const;
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (const [i, [ref, pred]] of pairs.entries()) {
    await writeVolume(join(reference, `c${i}.nii.gz`), { ...label, direction, ...ref } as Volume);
    await writeVolume(join(predictions, `c${i}.nii.gz`), { ...label, direction, ...pred } as Volume);
  }
  return { reference, predictions };
}

/** The reason of the first of the files that failed. */
async function firstCause(work: Promise<unknown>, files = 1): Promise<unknown> {
  const error = await work.catch((e: unknown) => e);
  expect(isNnUNetError(error, 'cases-failed')).toBe(true);
  const causes = (error as Error).cause as unknown[];
  expect(causes).toHaveLength(files);
  return causes[0];
}

const turned = { direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1], origin: [5, 0, 0] } as const;

it('refuses a reference that is turned round in space, and names both files', async () => {
  const pair = await folders([turned, {}]);
  const error = await firstCause(evaluateFolder({ ...pair, labels: [1], workers: 1 }));
  expect(isNnUNetError(error, 'other-grid')).toBe(true);
  // x runs from 0 to 5 mm here, from 5 to 0 mm there: five voxels at the ends
  expect((error as Error).message).toMatch(
    /^.*pred\/c0\.nii\.gz: is not at the same position as .*ref\/c0\.nii\.gz.*up to 5 mm \(5 voxels\)/,
  );
  const regions = evaluateRegions({ ...pair, regions: { all: [1] } });
  expect(isNnUNetError(await firstCause(regions), 'other-grid')).toBe(true);
});

it('scores a prediction that is slightly displaced with a warning, and says once that hardly anything differs', async () => {
  const pair = await folders(
    [{}, { origin: [0.2, 0, 0] }],
    [{}, { origin: [0.001, 0, 0] }],
    [{}, { origin: [0.002, 0, 0] }],
    [{}, {}],
  );
  const notices: GridNotice[] = [];
  const onNotice = (notice: GridNotice) => notices.push(notice);
  const summary = await evaluateFolder({ ...pair, labels: [1], workers: 1, onNotice });
  expect(summary.results.mean['1']!.Dice).toBe(1);
  expect(notices.map(({ severity }) => severity)).toEqual(['warning', 'note']);
  expect(notices[0]!.text).toMatch(/pred\/c0\.nii\.gz is slightly displaced from .*0\.2 voxels/);
  expect(notices[1]!.text).toMatch(/pred\/c1\.nii\.gz .*they count as the same grid/);
  expect(readFileSync(join(pair.predictions, 'summary.json'), 'utf8')).not.toContain('notice');
  const strict = evaluateFolder({ ...pair, labels: [1], workers: 1, grid: { strict: true } });
  expect(isNnUNetError(await firstCause(strict, 3), 'other-grid')).toBe(true);
});

it('goes on where that would lose work, with a warning', async () => {
  const pair = await folders([turned, {}]);
  const notices: GridNotice[] = [];
  const grid = { elsewhere: 'warn' } as const;
  await evaluateFolder({ ...pair, labels: [1], workers: 1, grid, onNotice: (notice) => notices.push(notice) });
  expect(notices).toMatchObject([
    { severity: 'warning', text: expect.stringContaining('is not at the same position as') },
  ]);
});

it('rounds labels that are not integers, with a word, and refuses others by the name of their file', async () => {
  const data = Float32Array.from({ length: 4 * 5 * 6 }, (_, i) => (i % 7 === 0 ? 0.9999 : 0));
  const notices: GridNotice[] = [];
  const onNotice = (notice: GridNotice) => notices.push(notice);
  const summary = await evaluateFolder({ ...(await folders([{ data }, {}])), labels: [1], workers: 1, onNotice });
  expect(summary.results.mean['1']!.Dice).toBe(1);
  expect(notices).toMatchObject([{ severity: 'warning', text: expect.stringMatching(/ref\/c0.*: 18 labels are not/) }]);
  const halves = await folders([{ data: data.map((v) => v / 2) }, {}]);
  const error = await firstCause(evaluateFolder({ ...halves, labels: [1], workers: 1 }));
  expect(isNnUNetError(error, 'bad-labels')).toBe(true);
  expect((error as Error).message).toMatch(/ref\/c0\.nii\.gz: is not a label map/);
});
