import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { readNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels } from '@nnunet/volume/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from './load-model.ts';
import { predictFolder } from './predict-folder.ts';
import type { TrainedModel } from './trained-model.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/v1-cascade', import.meta.url));
const golden = fileURLToPath(
  new URL('../../../../../shared/golden/models/v1/predicted/ct_3d_cascade_fullres/ct_10308.npz', import.meta.url),
);
let model: TrainedModel;
let outputFolder: string;

beforeAll(async () => {
  model = await loadModel(join(fixtures, 'model'));
  outputFolder = temporaryFolder();
  return () => model.dispose();
});

describe('a cascade model of v1', () => {
  it('segments an image as v1 does, from file to file', async () => {
    const result = await predictFolder({
      model,
      inputFolder: join(fixtures, 'images'),
      outputFolder,
      previousStageFolder: join(fixtures, 'lowres'),
      saveProbabilities: true,
    });
    expect(result.predicted).toEqual(['ct_10308']);
    const found = await readLabels(join(outputFolder, 'ct_10308.nii.gz'));
    const expected = await readLabels(join(fixtures, 'expected', 'ct_10308.nii.gz'));
    expect(found.data).toEqual(expected.data);
    expect(found.data.some((label) => label !== 0)).toBe(true);
    for (const key of ['shape', 'spacing', 'origin', 'direction'] as const) expect(found[key]).toEqual(expected[key]);
  });

  it.skipIf(!existsSync(golden))('gives the probabilities of v1', async () => {
    const softmaxIn = async (file: string) => (await readNpzFile(file)).get('softmax')!;
    const found = await softmaxIn(join(outputFolder, 'ct_10308.npz'));
    const expected = await softmaxIn(golden);
    expect(found.shape).toEqual(expected.shape);
    let worst = 0;
    for (let i = 0; i < found.data.length; i++)
      worst = Math.max(worst, Math.abs((found.data[i] as number) - (expected.data[i] as number)));
    // Both are rounded to float16, whose steps below 1 are 4.9e-4.
    expect(worst).toBeLessThan(5e-4);
  });

  it('asks for the lowres segmentations', async () => {
    const options = { model, inputFolder: join(fixtures, 'images'), outputFolder, overwrite: true };
    const error = await predictFolder({ ...options, previousStageFolder: fixtures }).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'missing-previous-stage')).toBe(true);
  });
});
