import { describe, expect, it, vi } from 'vitest';
import { calls, recordEachTest, roots, run, said } from './command-line.fixture.ts';

vi.mock('@nnunet/pipeline', async (original) => {
  const { recorded } = await import('./command-line.fixture.ts');
  return recorded(await original<object>());
});
recordEachTest();

describe('a command line that trains', () => {
  const trained = { foldFolder: 'fold', interrupted: false, validationDice: 0.81234 };
  const options = async (line: string, functions: object = { trainModel: trained }) =>
    (await run(line, functions as Record<string, unknown>))[0];

  it('has the defaults of v1', async () => {
    expect(await options('nnUNet_train 2d nnUNetTrainerV2 4 0 --root /r')).toMatchObject({
      roots,
      configuration: '2d',
      trainer: 'nnUNetTrainerV2',
      task: '4',
      fold: '0',
      plansIdentifier: 'nnUNetPlansv2.1',
      lowresTrainer: 'nnUNetTrainerV2',
      plugins: [],
      pretrainedWeights: undefined,
      disablePostprocessing: false,
      disableNextStage: false,
      disableSaving: false,
      continueTraining: false,
      validationOnly: false,
      validateBest: false,
      validationFolder: 'validation_raw',
      disableValidation: false,
      keepValidation: false,
      saveSoftmax: false,
      sessions: undefined,
      threads: undefined,
      maxMemory: undefined,
      workers: undefined,
      device: 'cpu',
    });
    expect(said.printed).toBe('trained: fold\nvalidation, mean foreground Dice: 0.8123\n');
  });

  it('takes every option', async () => {
    vi.stubEnv('nnUNet_n_proc_DA', '6');
    vi.stubEnv('nnUNet_plugins', 'p');
    const given = await options(
      'nnUNet_train 3d_lowres T 4 all -c -p P -pretrained_weights w --lowres_trainer L --npz --val_folder v ' +
        '--disable_validation_inference --val_disable_overwrite --disable_next_stage_pred --disable_postprocessing_on_folds ' +
        '--disable_saving --epochs 3 --iterations_per_epoch 4 --val_iterations_per_epoch 2 --batch_size 5 --lr 0.02 --seed 9 ' +
        '--threads 3 --max_memory 6G --device cuda --plugin q --sessions 2',
      { trainModel: { ...trained, validationDice: undefined } },
    );
    expect(given).toMatchObject({
      configuration: '3d_lowres',
      trainer: 'T',
      fold: 'all',
      continueTraining: true,
      plansIdentifier: 'P',
      pretrainedWeights: 'w',
      lowresTrainer: 'L',
      saveSoftmax: true,
      validationFolder: 'v',
      disableValidation: true,
      keepValidation: true,
      disableNextStage: true,
      disablePostprocessing: true,
      disableSaving: true,
      settings: {
        epochs: 3,
        iterationsPerEpoch: 4,
        validationIterationsPerEpoch: 2,
        batchSize: 5,
        initialLearningRate: 0.02,
        seed: 9,
      },
      threads: 3,
      maxMemory: 6e9,
      device: 'cuda',
      plugins: ['p', 'q'],
      workers: 6,
      sessions: 2,
    });
    expect(said.printed).toBe('trained: fold\n');
  });

  it('validates alone, and says how a training that was stopped goes on', async () => {
    const line = 'nnUNet_train 2d T 4 0 -val --valbest';
    expect(await options(line, { trainModel: { ...trained, interrupted: true } })).toMatchObject({
      validationOnly: true,
      validateBest: true,
    });
    expect(said.printed).toMatch(/^stopped: fold holds .* with -c goes on\n$/);
  });

  it('draws instead of training', async () => {
    const [given, count] = await run('nnUNet_train 2d T 4 0 --preview_batches 2', { previewTraining: ['a', 'b'] });
    expect(given).toMatchObject({ configuration: '2d' });
    expect(count).toBe(2);
    expect(said.printed).toBe('drawn: a\ndrawn: b\n');
    await run('nnUNet_train 2d T 4 0 --find_lr', { searchTrainingRate: 'c' });
    expect(calls.map(([name]) => name)).toEqual(['searchTrainingRate']);
    expect(said.printed).toBe('drawn: c\n');
  });

  it('shares batches among sessions', async () => {
    for (const name of ['nnUNet_train_DP', 'nnUNet_train_DDP']) {
      const planned = await options(`${name} 2d T 4 0 -gpus 3`);
      expect(planned, name).toMatchObject({ sessions: 3, batchPerSession: true });
      const divided = await options(`${name} 2d T 4 0 -gpus 3 --dbs`);
      expect(divided, name).toMatchObject({ sessions: 3, batchPerSession: false });
    }
    await run('nnUNet_train_DDP 2d T 4 0 -gpus 3 --local_rank 1');
    expect(calls).toEqual([]);
    expect(process.exitCode).toBe(2);
    expect(said.complained).toMatch(/^usage: nnUNet_train_DDP [\s\S]*nnUNet_train_DDP: error: .*--local_rank/);
  });
});
