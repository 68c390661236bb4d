import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { regionScoresOf } from './region-scores.ts';

const regions = [
  { name: 'whole', values: [1, 2] },
  { name: 'core', values: [2] },
];

async function modelWith(tables: Record<string, string>): Promise<string> {
  const folder = temporaryFolder();
  for (const [fold, text] of Object.entries(tables)) {
    const validation = join(folder, fold, 'validation_raw');
    await mkdir(validation, { recursive: true });
    await writeFile(join(validation, 'summary.csv'), text);
  }
  return folder;
}

const first = 'casename,whole,core\na,0.5000,nan\nb,0.7000,0.2000\nmean,0.6,0.2\nmedian,0.6,0.2\n';
const second = 'casename,whole,core\nc,0.9000,0.4000\nmean,0.9,0.4\n';

it('takes the mean over the cases of all folds, by region', async () => {
  const folder = await modelWith({ fold_0: first, fold_1: second, all: first });
  const scores = await regionScoresOf(folder, [0, 1, 2, 'all'], regions);
  expect(scores).toMatchObject({ from: '2 folds, 0, 1', cases: 3 });
  expect(scores!.dice['1 + 2']).toBeCloseTo(0.7, 12);
  expect(scores!.dice['2']).toBeCloseTo(0.3, 12);
  expect(scores!.mean).toBeCloseTo(0.5, 12);
  expect((await regionScoresOf(folder, [1], regions))!.from).toBe('fold 1 alone');
  expect((await regionScoresOf(folder, ['all'], regions))!.from).toMatch(/^the training cases themselves/);
});

it('takes no table of other regions', async () => {
  const folder = await modelWith({ fold_0: first });
  expect(await regionScoresOf(folder, [0], [...regions].reverse())).toBeNull();
  expect(await regionScoresOf(folder, [1], regions)).toBeNull();
});
