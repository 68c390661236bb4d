import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { readLabels } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { readStoredProperties } from './case-properties.ts';
import { ensembleCrossValidation } from './ensemble-cross-validation.ts';
import { makeModel, TASK } from './trained-task.fixture.ts';

let models: string[];
let options: Parameters<typeof ensembleCrossValidation>[0];

beforeEach(async () => {
  const resultsFolder = temporaryFolder();
  models = [
    await makeModel({ resultsFolder, configuration: '2d', wrong: [0] }),
    await makeModel({ resultsFolder, configuration: '3d_fullres', wrong: [1] }),
  ];
  options = { models, outputFolder: join(resultsFolder, 'merged'), task: TASK, folds: [0, 1], workers: 1 };
});

const validation = (model: number, fold: number, name: string) =>
  join(models[model]!, `fold_${fold}`, 'validation_raw', name);

it('scores the merged cases in the order of the folds', async () => {
  const { results, name, task } = await ensembleCrossValidation(options);
  expect([name, task]).toEqual([`${TASK}__merged`, TASK]);
  expect(results.all.map(({ test }) => test.split('/').at(-1))).toEqual(['case_0.nii.gz', 'case_1.nii.gz']);
  expect(Object.keys(results.mean)).toEqual(['1', '2']);
  const after = JSON.parse(
    await readFile(join(options.outputFolder, 'ensembled_postprocessed', 'summary.json'), 'utf8'),
  );
  expect(after.experiment_name).toBe('merged');
});

it('decides by regions where the models have them, and takes properties from elsewhere', async () => {
  // two overlapping regions, of which the last in the order wins; the third channel plays no part
  const asked: string[] = [];
  await ensembleCrossValidation({
    ...options,
    disablePostprocessing: true,
    readProperties: async (folder, caseId) => {
      asked.push(caseId);
      return { ...(await readStoredProperties(folder, caseId)), regions_class_order: [2, 1] };
    },
  });
  expect(asked).toEqual(['case_0', 'case_0', 'case_1', 'case_1']);
  const { data } = await readLabels(join(options.outputFolder, 'ensembled_raw', 'case_0.nii.gz'));
  // voxels 0 to 3 belong to channel 1 (one model doubts 0 and 1), the rest but the last four to channel 0
  expect([...data]).toEqual([1, 1, 1, 1, ...new Array(16).fill(2), 0, 0, 0, 0]);
});

it('names what a validation lacks', async () => {
  await rm(validation(1, 1, 'summary.json'));
  await expect(ensembleCrossValidation(options)).rejects.toMatchObject({ tag: 'missing-validation' });
  await expect(ensembleCrossValidation({ ...options, folds: [0, 4] })).rejects.toThrow(/fold_4/);
  await rename(validation(1, 0, 'case_0.npz'), validation(1, 0, 'other.npz'));
  await rm(validation(1, 0, 'case_0.nii.gz'));
  const different = ensembleCrossValidation({ ...options, folds: [0] });
  await expect(different).rejects.toMatchObject({ tag: 'different-cases' });
  await expect(different).rejects.toThrow(/case_0, other/);
});

it('takes cases of other folds out of an earlier result', async () => {
  await ensembleCrossValidation(options);
  await writeFile(join(options.outputFolder, 'postprocessing.json'), '{}');
  const { results } = await ensembleCrossValidation({ ...options, folds: [1] });
  expect(results.all.length).toBe(1);
  const decision = JSON.parse(await readFile(join(options.outputFolder, 'postprocessing.json'), 'utf8'));
  expect(decision.num_samples).toBe(1);
});
