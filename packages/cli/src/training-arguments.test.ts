import { describe, expect, it, vi } from 'vitest';
import { calls, recordEachTest, roots, run, said } from './command-line.fixture.ts';
import { main } from './main.ts';

vi.mock('@nnunet/pipeline', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/pipeline/v2', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
vi.mock('@nnunet/sharing', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
recordEachTest();

describe('a command line that trains', () => {
  const trained = {
    foldFolder: 'fold',
    interrupted: false,
    scores: { dice: 0.81234, table: 'TABLE', summaryFile: 'summary.json' },
  };
  const options = async (line: string, functions: object = { trainModel: trained }) =>
    (await run(line, functions as Record<string, unknown>))[0];

  const withArguments = async (more: readonly string[]) => {
    calls.length = 0;
    said.complained = '';
    await run('nnUNet_train 2d T 4 0', { trainModel: trained });
    calls.length = 0;
    await main('nnUNet_train', ['2d', 'T', '4', '0', ...more]);
    return calls[0]?.slice(1) ?? [];
  };

  it('has the defaults of v1', async () => {
    expect(await options('nnUNet_train 2d nnUNetTrainerV2 4 0 --root /r')).toMatchObject({
      roots,
      configuration: '2d',
      trainer: 'nnUNetTrainerV2',
      task: '4',
      fold: '0',
      plansIdentifier: 'nnUNetPlansv2.1',
      lowresTrainer: 'nnUNetTrainerV2',
      extensions: [],
      pretrainedWeights: undefined,
      partialWeights: false,
      decidePostprocessing: true,
      predictNextStage: true,
      disableSaving: false,
      continueTraining: false,
      validationOnly: false,
      validateBest: false,
      validationFolder: 'validation_raw',
      evaluate: true,
      overwrite: true,
      saveSoftmax: false,
      bareNaN: false,
      settings: { epochs: undefined, timeBudget: undefined },
      compute: { device: 'cpu', threads: undefined, sessions: undefined },
      maxMemory: undefined,
      workers: undefined,
    });
    expect(said.printed).toBe(
      'trained: fold\ncurves: fold/progress.png\nscores: summary.json\n\nvalidation, worst cases first:\nTABLE\n',
    );
  });

  it('takes every option', async () => {
    vi.stubEnv('nnUNet_n_proc_DA', '6');
    vi.stubEnv('nnUNet_plugins', 'p');
    const given = await options(
      'nnUNet_train 3d_lowres T 4 all -c -p P -pretrained_weights w --partial --lowres_trainer L --npz --val_folder v ' +
        '--disable_validation_inference --val_disable_overwrite --disable_next_stage_pred --disable_postprocessing_on_folds ' +
        '--disable_saving --epochs 3 --iterations_per_epoch 4 --val_iterations_per_epoch 2 --batch_size 5 --lr 0.02 --seed 9 ' +
        '--nan --threads 3 --max_memory 6G --device cuda --plugin q --sessions 2',
      { trainModel: { ...trained, scores: undefined } },
    );
    expect(given).toMatchObject({
      configuration: '3d_lowres',
      trainer: 'T',
      fold: 'all',
      continueTraining: true,
      plansIdentifier: 'P',
      pretrainedWeights: 'w',
      partialWeights: true,
      lowresTrainer: 'L',
      saveSoftmax: true,
      validationFolder: 'v',
      evaluate: false,
      overwrite: false,
      bareNaN: true,
      predictNextStage: false,
      decidePostprocessing: false,
      disableSaving: true,
      settings: {
        epochs: 3,
        iterationsPerEpoch: 4,
        validationIterationsPerEpoch: 2,
        batchSize: 5,
        initialLearningRate: 0.02,
        seed: 9,
      },
      maxMemory: 6e9,
      extensions: ['p', 'q'],
      workers: 6,
      compute: { device: 'cuda', threads: 3, sessions: 2 },
    });
    expect(said.printed).toBe('trained: fold\ncurves: fold/progress.png\n');
  });

  it.each([
    ['90s', 1.5],
    ['30m', 30],
    ['45min', 45],
    ['1.5 h', 90],
  ])('takes a time budget of %s', async (text, minutes) => {
    const [given] = (await withArguments(['--time_budget', text])) as [{ settings: object }];
    expect(given.settings).toMatchObject({ timeBudget: minutes });
  });

  it('refuses a time budget without a unit, an invalid one, and the best model of a training', async () => {
    for (const [given, fault] of [
      [['--time_budget', '90'], /--time_budget: "90" has no unit/],
      [['--time_budget', '1d'], /--time_budget: "1d" is not a duration/],
      [['--valbest'], /--valbest selects the model for -val/],
    ] as const) {
      await withArguments(given);
      expect(calls).toEqual([]);
      expect(process.exitCode).toBe(2);
      expect(said.complained).toMatch(fault);
    }
  });

  it('prints no curves of a validation alone', async () => {
    await options('nnUNet_train 2d T 4 0 -val');
    expect(said.printed).toMatch(/^validated: fold\nscores: summary\.json\n/);
  });

  it('validates alone, and says how a training that was stopped goes on', async () => {
    const line = 'nnUNet_train 2d T 4 0 -val --valbest';
    expect(await options(line, { trainModel: { ...trained, interrupted: true } })).toMatchObject({
      validationOnly: true,
      validateBest: true,
    });
    expect(said.printed).toMatch(/^stopped: .* in fold; continue with the same command and -c\n$/);
  });

  it('draws instead of training', async () => {
    const [given, count] = await run('nnUNet_train 2d T 4 0 --preview_batches 2', { previewTraining: ['a', 'b'] });
    expect(given).toMatchObject({ configuration: '2d' });
    expect(count).toBe(2);
    expect(said.printed).toBe('drawn: a\ndrawn: b\n');
    await run('nnUNet_train 2d T 4 0 --find_lr', { searchTrainingRate: 'c' });
    expect(calls.map(([name]) => name)).toEqual(['searchTrainingRate']);
    expect(said.printed).toBe('drawn: c\n');
    const line = 'nnUNetv2_train 4 2d 0';
    const [ofV2, asMany] = await run(`${line} --preview_batches 3`, { previewTrainingV2: ['d'] });
    expect([(ofV2 as { dataset: string }).dataset, asMany]).toEqual(['4', 3]);
    expect(said.printed).toBe('drawn: d\n');
    await run(`${line} --find_lr`, { searchTrainingRateV2: 'e' });
    expect(calls.map(([name]) => name)).toEqual(['searchTrainingRateV2']);
    expect(said.printed).toBe('drawn: e\n');
  });

  it('foresees instead of training', async () => {
    const forecast = {
      patchSize: [8, 8],
      batchSize: 2,
      memory: 'm',
      step: 1,
      epoch: 60,
      validation: 0,
      fold: 120,
      epochs: 2,
    };
    const counts = { iterationsPerEpoch: 50, validationIterationsPerEpoch: 10, validationCases: 0, folds: 5 };
    await run('nnUNet_train 2d T 4 0 --dry_run', { forecastFold: { ...forecast, ...counts } });
    expect(calls.map(([name]) => name)).toEqual(['forecastFold']);
    expect(said.printed).toMatch(
      /^2d, fold 0: patch 8 x 8, batch 2\nmemory: m\n[\s\S]*all 5 folds.*: 10 min\nNothing was trained.\n$/,
    );
    await run('nnUNetv2_train 4 3d_fullres all --dry_run', { forecastFoldV2: { ...forecast, ...counts } });
    expect(calls.map(([name]) => name)).toEqual(['forecastFoldV2']);
    expect(said.printed).toMatch(
      /^3d_fullres, fold all: patch 8 x 8, batch 2\n.*\n.*\n.*\nthis fold, 2 epochs: 2 min\n/,
    );
  });

  it('shares batches among sessions', async () => {
    for (const name of ['nnUNet_train_DP', 'nnUNet_train_DDP']) {
      const planned = await options(`${name} 2d T 4 0 -gpus 3`);
      expect(planned, name).toMatchObject({ compute: { sessions: 3 }, batchPerSession: true });
      const divided = await options(`${name} 2d T 4 0 -gpus 3 --dbs`);
      expect(divided, name).toMatchObject({ compute: { sessions: 3 }, batchPerSession: false });
    }
    await run('nnUNet_train_DDP 2d T 4 0 -gpus 3 --local_rank 1');
    expect(calls).toEqual([]);
    expect(process.exitCode).toBe(2);
    expect(said.complained).toMatch(/^usage: nnUNet_train_DDP [\s\S]*nnUNet_train_DDP: error: .*--local_rank/);
  });
});
