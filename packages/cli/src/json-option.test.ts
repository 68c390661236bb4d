import { readFileSync } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import { Ajv } from 'ajv';
import { describe, expect, it, vi } from 'vitest';
import { recordEachTest, run, said } from './command-line.fixture.ts';

vi.mock('@nnunet/pipeline', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/pipeline/internal', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/sharing', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/report', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
recordEachTest();

const ajv = new Ajv({ allowUnionTypes: true });

/** The document that a command line writes, which must be all of standard output and as its schema says. */
async function documentOf(line: string, functions: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  await run(`${line} --json`, functions);
  const document = JSON.parse(said.printed);
  const schema = new URL(`../schemas/${document.document}.schema.json`, import.meta.url);
  const isValid = ajv.compile(JSON.parse(readFileSync(schema, 'utf8')));
  expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true);
  expect(document.version).toBe(1);
  return document;
}

describe('with --json', () => {
  it('a prediction gives counts and estimates', async () => {
    const estimate = { cases: 2, evaluations: 9, seconds: 4, atMost: false, unknown: 0 };
    const predictFiles = ({ onEstimate }: { onEstimate: (estimate: object) => void }) => {
      onEstimate(estimate);
      return { predicted: 2, skipped: 1 };
    };
    const fields = { predicted: 2, skipped: 1, output: 'out', estimates: [estimate] };
    expect(await documentOf('nnUNet_predict -i in -o out -t 4', { predictFiles })).toMatchObject(fields);
    expect(said.complained).toContain('9 evaluations of the network');
  });

  it('scores of nothing are null', async () => {
    const evaluate = { table: 'TABLE', summaryFile: 's.json', meanDice: Number.NaN, otherFiles: [] };
    const document = await documentOf('nnUNet_evaluate_folder -ref r -pred p -l 1', { evaluate });
    expect(document).toMatchObject({ document: 'evaluate_folder', meanDice: null, summaryFile: 's.json' });
  });

  it('preparation gives the folders', async () => {
    const document = await documentOf('nnUNet_plan_and_preprocess -t 4 -no_pp', { planAndPreprocess: ['a'] });
    expect(document).toMatchObject({ folders: ['a'], preprocessed: false });
    expect(await documentOf('nnUNet_plan_and_preprocess -t 4')).toMatchObject({ preprocessed: true });
  });

  it('a training gives its folder and scores, or its forecast', async () => {
    const scores = { dice: 0.5, table: 'TABLE', summaryFile: 's.json' };
    const line = 'nnUNet_train 2d nnUNetTrainerV2 4 0';
    const trained = await documentOf(line, { trainModel: { foldFolder: 'f', interrupted: false, scores } });
    expect(trained).toMatchObject({ foldFolder: 'f', interrupted: false, dice: 0.5, summaryFile: 's.json' });
    const stopped = await documentOf(line, { trainModel: { foldFolder: 'f', interrupted: true } });
    expect(stopped).toEqual({ document: 'train', version: 1, foldFolder: 'f', interrupted: true });
    const forecastFold = {
      ...{ folds: 5, batchSize: 2, patchSize: [8, 8], memory: '1 GB', step: 0.5, iterationsPerEpoch: 250 },
      ...{ validationIterationsPerEpoch: 50, epoch: 140, epochs: 10, validationCases: 4, validation: 20, fold: 1420 },
    };
    expect(await documentOf(`${line} --dry_run`, { forecastFold })).toMatchObject(forecastFold);
  });

  it('the comparison gives candidates and commands', async () => {
    const candidate = { name: 'a', dice: { 1: 0.5, 2: Number.NaN }, score: Number.NaN, members: [1], average: 0.5 };
    const found = {
      ...{ task: 'Task4', candidates: [candidate], best: [candidate], unscored: ['a'], skipped: [] },
      ...{ commands: ['predict'], commandsFile: 'c', tableFile: 't' },
    };
    const functions = { compareConfigurations: [found], candidateTable: 'TABLE' };
    const { tasks } = await documentOf('nnUNet_find_best_configuration -t 4', functions);
    const scored = { name: 'a', dice: { 1: 0.5, 2: null }, score: null };
    expect(tasks).toEqual([{ ...found, candidates: [scored], best: ['a'] }]);
  });

  it('plans, reports and models are told by their files', async () => {
    const texts = [{ file: 'p.json', text: 'words\n' }];
    const planned = { configuration: '2d', patch: [8, 8], batch: 2, spacing: [1, 1.5], other: 1 };
    const explainedPlans = { rules: 'Task004_A (rules of nnU-Net v1)', texts, networks: [planned] };
    const explained = await documentOf('nnUNet_explain_plans -t 4', { explainTask: 'words\n', explainedPlans });
    const network = { configuration: '2d', patchSize: [8, 8], batchSize: 2, spacing: [1, 1.5] };
    const { rules } = explainedPlans;
    expect(explained).toMatchObject({ rules, plans: texts, networks: [network], picture: null });
    const report = await documentOf('nnUNet_report -t 4', { createReport: ['report.html', 'report.json'] });
    expect(report).toMatchObject({ page: 'report.html', files: ['report.html', 'report.json'] });
    const one = { description: 'd', sources: [{ url: 'u' }] };
    const models = { readCatalogue: new Map([['Task1', one]]), exportCatalogue: 'e.json', modelNamed: one };
    const all = await documentOf('nnUNet_print_available_pretrained_models --export e', models);
    expect(all).toMatchObject({ models: [{ task: 'Task1', ...one }], exported: 'e.json' });
    const info = await documentOf('nnUNet_print_pretrained_model_info Task1', models);
    expect(info).toMatchObject({ models: [{ task: 'Task1', ...one }], cards: [] });
    const installed = { models: ['m'], folder: 'f', replaced: 1 };
    const zip = await documentOf('nnUNet_install_pretrained_model_from_zip z', { installArchive: installed });
    expect(zip).toMatchObject({ installed: [installed] });
  });

  it('other results are lines, which people see on standard error', async () => {
    const repairTask = { folder: 'out', changes: [] };
    const document = await documentOf('nnUNet_repair_dataset -t 4 -output_task_id 5', { repairTask });
    expect(document).toMatchObject({ document: 'lines', lines: ['nothing to correct; copied: out'] });
    expect(said.complained).toBe('nothing to correct; copied: out\n');
  });

  it('errors keep their exit code, and their words for people', async () => {
    const evaluate = new NnUNetError('bad-labels', { what: 'no `labels`', where: 'a.nii.gz', remedy: 'Correct it.' });
    const { error } = await documentOf('nnUNet_evaluate_folder -ref r -pred p -l 1', { evaluate });
    expect(error).toEqual({ tag: 'bad-labels', what: 'no -l', where: 'a.nii.gz', remedy: 'Correct it.' });
    expect(said.complained).toBe('nnUNet_evaluate_folder: error: a.nii.gz: no -l\n  Correct it.\n');
    expect(process.exitCode).toBe(1);
    const odd = await documentOf('nnUNet_evaluate_folder -ref r -pred p -l 1', { evaluate: new Error('odd') });
    expect(odd).toMatchObject({ error: { tag: 'unexpected', what: 'odd', where: null } });
    const wrong = await documentOf('nnUNet_evaluate_folder --reff r');
    expect(wrong).toMatchObject({ error: { tag: 'usage', what: 'there is no option --reff' } });
    expect(process.exitCode).toBe(2);
  });

  it('a signal is an error, too', async () => {
    const repairTask = ({ signal }: { signal: AbortSignal }) => {
      process.emit('SIGUSR2', 'SIGUSR2');
      signal.throwIfAborted();
    };
    const { error } = await documentOf('nnUNet_repair_dataset -t 4 -output_task_id 5', { repairTask });
    expect(error).toEqual({ tag: 'stopped', what: 'SIGUSR2 received', where: null, remedy: null });
    expect(process.exitCode).toBe(140);
  });
});
