import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { readNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels, readVolume, writeVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { predictByNameV2, predictWithFolderV2 } from './predict-cases.ts';

const golden = fileURLToPath(new URL('../../../../../shared/golden/v2', import.meta.url));
const DATASET = 'Dataset121_Regions';
const roots = { rawBase: null, preprocessed: null, results: join(golden, 'models') };
const root = temporaryFolder();
const at = (name: string) => join(root, name);
const reporter = { message: () => undefined, warning: () => undefined, progress: () => undefined };
const options = {
  roots,
  inputFolder: join(golden, 'data', DATASET, 'imagesTs'),
  folds: ['0'],
  checkpoint: 'checkpoint_final.pth',
  stepSize: 0.5,
  mirroring: true,
  saveProbabilities: true,
  continuePrediction: false,
  numParts: 1,
  partId: 0,
  threads: { preparing: 0, writing: 0 },
  reporter,
};
const model = { dataset: '121', configuration: '3d_fullres', trainer: 'nnUNetTrainer', plans: 'nnUNetPlansSmall' };
const modelFolder = join(golden, 'models', DATASET, 'nnUNetTrainer__nnUNetPlansSmall__3d_fullres');

describe.skipIf(!existsSync(golden))('with a model of nnU-Net v2 (skipped without ../shared)', () => {
  it('predicts a part as v2, and keeps it when it continues', async () => {
    const outputFolder = at('out');
    const part = { ...options, outputFolder, numParts: 2, partId: 1 };
    expect(await predictByNameV2({ ...part, model })).toMatchObject({ predicted: 1, skipped: 0 });
    const expected = join(golden, 'models/predicted', DATASET);
    const own = await readLabels(join(outputFolder, 'case_12151.nii.gz'));
    expect(own.data).toEqual((await readLabels(join(expected, 'case_12151.nii.gz'))).data);
    const [found, wanted] = [outputFolder, expected].map((folder) => readNpzFile(join(folder, 'case_12151.npz')));
    const probabilities = (await found)!.get('probabilities')!.data as Float32Array;
    expect(probabilities).toBeInstanceOf(Float32Array);
    const reference = (await wanted)!.get('probabilities')!.data as Float32Array;
    expect(Math.max(...probabilities.map((p, i) => Math.abs(p - reference[i]!)))).toBeLessThan(2e-3);
    expect(existsSync(join(outputFolder, 'case_12151.pkl'))).toBe(true);
    // Byte by byte, as the order of regions is that of the file.
    for (const name of ['dataset.json', 'plans.json'])
      expect(readFileSync(join(outputFolder, name))).toEqual(readFileSync(join(modelFolder, name)));
    const record = JSON.parse(readFileSync(join(outputFolder, 'predict_from_raw_data_args.json'), 'utf8'));
    expect(record).toMatchObject({ num_parts: 2, part_id: 1, save_probabilities: true, overwrite: true });
    const again = await predictWithFolderV2({ ...part, continuePrediction: true, modelFolder });
    expect(again).toMatchObject({ predicted: 0, skipped: 1 });
  });

  it('writes label maps with the ending of the dataset', async () => {
    const own = at('model');
    cpSync(modelFolder, own, { recursive: true });
    const dataset = readFileSync(join(own, 'dataset.json'), 'utf8').replace('.nii.gz', '.nii');
    writeFileSync(join(own, 'dataset.json'), dataset);
    mkdirSync(at('images'));
    const image = await readVolume(join(options.inputFolder, 'case_12150_0000.nii.gz'));
    await writeVolume(at('images/case_12150_0000.nii'), image);
    const nii = { ...options, inputFolder: at('images'), outputFolder: at('nii'), mirroring: false, modelFolder: own };
    expect(await predictWithFolderV2(nii)).toMatchObject({ predicted: 1 });
    expect(readdirSync(at('nii')).filter((name) => name.includes('.nii'))).toEqual(['case_12150.nii']);
    expect(await predictWithFolderV2({ ...nii, continuePrediction: true })).toMatchObject({ predicted: 0, skipped: 1 });
    const { data } = await readLabels(at('nii/case_12150.nii'));
    expect(data.some((label) => label === 2)).toBe(true);
    // Also where the label maps have another form, those of another model are not kept as if they were its own.
    writeFileSync(at('nii/predicted_by.json'), '{"model": "another"}');
    await expect(predictWithFolderV2({ ...nii, continuePrediction: true })).rejects.toMatchObject({
      tag: 'other-model',
    });
    expect(await predictWithFolderV2(nii)).toMatchObject({ predicted: 1 });
  });

  it.each<[string, object]>([
    ['missing-checkpoint', { folds: ['1'] }],
    ['usage', { outputFolder: options.inputFolder }],
    ['usage', { numParts: 2, partId: 2 }],
    ['no-images', { inputFolder: root }],
  ])('refuses with %s', async (tag, change) => {
    const work = predictWithFolderV2({ ...options, outputFolder: at('none'), modelFolder, ...change });
    const error = await work.catch((e: unknown) => e);
    expect(isNnUNetError(error) && error.tag, String(error)).toBe(tag);
  });
});
