import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { startBatchLoader } from '@nnunet/augment/node';
import { type Expression, lower } from '@nnunet/autodiff';
import { input } from '@nnunet/autodiff/operators';
import type { Optimizer } from '@nnunet/network';
import { GraphSession, nodeRuntime } from '@nnunet/network/node/internal';
import { writePlans } from '@nnunet/store';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { shippedListeners } from '@nnunet/trainer';
import { train as trainFold } from '@nnunet/trainer/node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readEvents } from '../../trainer/src/event-file.fixture.ts';
import { writeTinyTask } from '../../trainer/src/node/tiny-task.fixture.ts';
import { expectSuccess, installExample, repository, runCommand } from './commands.ts';

const root = temporaryFolder();
const mine = installExample('extending', temporaryFolder());
const task = join(root, 'nnUNet_preprocessed/Task900_Tiny');
const models = join(root, 'nnUNet_results/nnUNet/2d/Task900_Tiny');
const foldOf = (trainer: string) => join(models, `${trainer}__nnUNetPlansv2.1/fold_0`);

beforeAll(async () => {
  await writeTinyTask(task, [0]);
  await writePlans(join(task, 'nnUNetPlansv2.1_plans_2D.json'), tinyPlans([8, 8]));
});

/** Trains a small network, a step per epoch, with a module of the user's own. */
function train(trainer: string, module: string, ...args: string[]) {
  const outcome = runCommand('nnUNet_train', [
    ...['2d', trainer, '900', '0', '--root', root, '--plugin', join(mine, module), ...args],
    ...['--iterations_per_epoch', '1', '--val_iterations_per_epoch', '1', '--disable_validation_inference'],
  ]);
  return expectSuccess(outcome);
}

/** Trains in this process, so that a server of this process can answer, with the listeners of an example. */
async function listenedTraining(module: string, settings: { epochs: number }, continueTraining = false) {
  const lines: string[] = [];
  const exported = await import(join(repository, 'docs/examples/extending', module));
  await trainFold({
    preprocessedFolder: task,
    modelFolder: join(root, module),
    task: 'Task900_Tiny',
    fold: 0,
    plans: tinyPlans([8, 8]),
    configuration: '2d',
    trainer: 'nnUNetTrainerV2',
    settings: { ...settings, iterationsPerEpoch: 1, validationIterationsPerEpoch: 1 },
    continueTraining,
    workers: 0,
    listeners: shippedListeners.withModule(module, exported),
    onLog: (line) => lines.push(line),
  });
  expect(lines.filter((line) => line.includes('listener'))).toEqual([]);
}

interface MLflowRun {
  run_id: string;
  run_name: string;
  status: string;
  params: Record<string, string>;
  metrics: { key: string; value: number; step: number; timestamp: number }[];
}

/** A server with those parts of MLflow's REST API that are used, which is as strict as the API says. */
async function startMLflow() {
  const experiments: string[] = [];
  const runs: MLflowRun[] = [];
  const faults: string[] = [];
  const refuse = (error_code: string, message: string) => ({ error_code, message });
  const runOf = (id: unknown) => runs.find((run) => run.run_id === id);
  // biome-ignore lint/suspicious/noExplicitAny: bodies of requests, checked where they are used
  const answers: Record<string, (body: any) => object> = {
    'experiments/create': ({ name }) => {
      if (experiments.includes(name)) return refuse('RESOURCE_ALREADY_EXISTS', name);
      return { experiment_id: String(experiments.push(name) - 1) };
    },
    'experiments/search': ({ filter, max_results }) => {
      const name = /^name = '(.*)'$/.exec(filter)![1]!;
      const found = experiments.flatMap((own, i) => (own === name ? [{ experiment_id: String(i), name }] : []));
      return { experiments: found.slice(0, max_results) };
    },
    'runs/create': ({ experiment_id, run_name, start_time }) => {
      if (experiments[Number(experiment_id)] === undefined || typeof start_time !== 'number')
        return refuse('INVALID_PARAMETER_VALUE', 'experiment_id');
      const run: MLflowRun = { run_id: `run${runs.length}`, run_name, status: 'RUNNING', params: {}, metrics: [] };
      runs.push(run);
      return { run: { info: { run_id: run.run_id } } };
    },
    'runs/log-batch': ({ run_id, params = [], metrics = [] }) => {
      const run = runOf(run_id);
      if (run === undefined) return refuse('RESOURCE_DOES_NOT_EXIST', run_id);
      for (const { key, value } of params) {
        if (typeof value !== 'string') return refuse('INVALID_PARAMETER_VALUE', key);
        run.params[key] = value;
      }
      for (const metric of metrics) {
        const { value, step, timestamp } = metric;
        if (![value, step, timestamp].every(Number.isFinite)) return refuse('INVALID_PARAMETER_VALUE', metric.key);
        run.metrics.push(metric);
      }
      return {};
    },
    'runs/update': ({ run_id, status, end_time }) => {
      const run = runOf(run_id);
      if (run === undefined || !['RUNNING', 'FINISHED', 'KILLED'].includes(status))
        return refuse('INVALID_PARAMETER_VALUE', status);
      Object.assign(run, { status, end_time });
      return { run_info: run };
    },
  };
  const server = createServer(async (request, response) => {
    const method = request.url!.replace('/api/2.0/mlflow/', '');
    const answer = answers[method]?.(await json(request)) ?? refuse('ENDPOINT_NOT_FOUND', method);
    if ('error_code' in answer && answer.error_code !== 'RESOURCE_ALREADY_EXISTS') faults.push(JSON.stringify(answer));
    response.writeHead('error_code' in answer ? 400 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, experiments, runs, faults, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Steps of an optimiser for a weight of shape (1, 1), at a rate of 0.1, clipped by half. */
async function stepsOf(optimizer: Optimizer, gradients: readonly number[], start: number): Promise<number[]> {
  const shapes = { ...optimizer.state({ name: 'w', shape: [1, 1] }) };
  const common = optimizer.common ?? {};
  const inputs = (of: Readonly<Record<string, readonly number[]>>) =>
    Object.fromEntries(Object.entries(of).map(([name, shape]) => [name, input(name, shape)]));
  const [kept, shared] = [inputs(shapes), inputs(common)];
  const [weight, gradient] = [input('weight', [1, 1]), input('gradient', [1, 1])];
  const scalars = { factor: input('factor', []), rate: input('rate', []) };
  const next = optimizer.step({ name: 'w', weight, gradient, ...scalars, state: kept, common: shared });
  const after: Record<string, Expression> = { weight: next.weight, ...next.state, ...optimizer.nextCommon?.(shared) };
  const outputs = Object.fromEntries(Object.entries(after).map(([name, value]) => [`next ${name}`, value]));
  const session = await GraphSession.create(nodeRuntime, lower(outputs));
  const state = new Map(Object.keys(after).map((name) => [name, name === 'weight' ? start : 0]));
  const weights: number[] = [];
  for (const slope of gradients) {
    const values = { ...Object.fromEntries(state), gradient: slope, factor: 0.5, rate: 0.1 };
    const feeds = session.graph.inputs.map(({ name }) => [
      name,
      session.tensor(name, Float32Array.of(values[name as keyof typeof values] as number)),
    ]);
    const results = await session.run(Object.fromEntries(feeds));
    for (const name of state.keys()) state.set(name, (results[`next ${name}`]!.data as Float32Array)[0]!);
    weights.push(state.get('weight')!);
  }
  await session.dispose();
  return weights;
}

describe('an optimiser', () => {
  it('AdamW lets weights decay apart from the gradient', async () => {
    const { adamW } = await import(join(repository, 'docs/examples/extending/adamw.mjs'));
    // Moments 0.5 and 0.6, clipped gradients 4 and 0. Step 1: (2 / 0.5) / sqrt(6.4 / 0.4) = 1. Step 2: (1 / 0.75) /
    // sqrt(3.84 / 0.64) = 0.544331. The decay takes 0.1 * 0.5 * weight: 3 - 0.15 - 0.1 = 2.75; 2.75 - 0.1375 - 0.0544331.
    const own = { ...adamW, momentum: 0.5, secondMomentum: 0.6, weightDecay: 0.5 };
    const [first, second] = await stepsOf(own, [8, 0], 3);
    expect(first).toBeCloseTo(2.75, 5);
    expect(second).toBeCloseTo(2.5580669, 5);
  });

  it('Lion moves by the rate, against the sign of what it has averaged', async () => {
    const { lion } = await import(join(repository, 'docs/examples/extending/lion.mjs'));
    // Clipped gradients 4, -0.1, 0, -4: averages 0, 0.04, 0.0386, 0.038214; directions 0.4, 0.026, 0.03474, -0.3656.
    const weights = await stepsOf(lion, [8, -0.2, 0, -8], 1);
    for (const [i, expected] of [0.9, 0.8, 0.7, 0.8].entries()) expect(weights[i]).toBeCloseTo(expected, 5);
    expect((await stepsOf(lion, [0], 1))[0]).toBe(1);
  });

  it('trains by its trainer, and goes on after a stop', () => {
    train('LionTrainer', 'lion.mjs', '--epochs', '1');
    train('AdamWTrainer', 'adamw.mjs', '--epochs', '1');
    const { stdout, stderr } = train('AdamWTrainer', 'adamw.mjs', '--epochs', '2', '-c');
    expect(stdout + stderr).toMatch(/continuing from .*, after epoch 1/);
    const debug = JSON.parse(readFileSync(join(foldOf('AdamWTrainer'), 'debug.json'), 'utf8'));
    expect(JSON.parse(debug.optimizer)).toMatchObject({ name: 'AdamW', weightDecay: 0.01 });
  });
});

describe('weights for the sampling', () => {
  it('are drawn by, the same in 0, 1 and 2 threads', async () => {
    train('WeightedTrainer', 'sampling.mjs', '--epochs', '1');
    const debug = JSON.parse(readFileSync(join(foldOf('WeightedTrainer'), 'debug.json'), 'utf8'));
    const recipe = { ...JSON.parse(debug.recipe), batchSize: 40 };
    const caseIds = [0, 1, 2, 3, 4].map((id) => `case_${id}`);
    const folder = join(task, 'nnUNetData_plans_v2.1_stage0');
    const batchOf = async (workers: number) => {
      const source = { kind: 'prepared' as const, folder, caseIds };
      const loader = startBatchLoader({ source, recipe, seed: 3, iterationsPerEpoch: 1, endEpoch: 1, workers });
      const batch = await loader.next();
      await loader.close();
      return batch!;
    };
    const batch = await batchOf(0);
    for (const workers of [1, 2]) expect(await batchOf(workers)).toEqual(batch);
    const count = (id: string) => batch.keys.filter((key) => key === id).length;
    // Weights 1, 5, 1, 0, 1.
    expect(count('case_3')).toBe(0);
    expect(count('case_1')).toBeGreaterThan(15);
  });
});

describe('a listener', () => {
  it('writes a line per epoch, also after a stop, beside the event files of TensorBoard', () => {
    train('nnUNetTrainerV2', 'csv-listener.mjs', '--epochs', '2', '--log_to', 'tensorboard');
    train('nnUNetTrainerV2', 'csv-listener.mjs', '--epochs', '3', '-c', '--log_to', 'tensorboard');
    const folder = join(foldOf('nnUNetTrainerV2'), 'tensorboard');
    const curves = readdirSync(folder).map((name) => {
      const { values } = readEvents(readFileSync(join(folder, name)));
      return values.filter(({ tag }) => tag === 'loss/training').map(({ step }) => step);
    });
    expect(curves.sort()).toEqual([[1, 2], [3]]);
    const [titles, ...lines] = readFileSync(join(foldOf('nnUNetTrainerV2'), 'progress.csv'), 'utf8')
      .trim()
      .split('\n');
    expect(titles).toBe('epoch,training loss,validation loss,learning rate,seconds,Dice 1,Dice 2');
    expect(lines.map((line) => line.split(',').map(Number)[0])).toEqual([1, 2, 3]);
    for (const line of lines) expect(line.split(',')).toHaveLength(7);
  });

  it('hears the scores of the validation, also those of a metric of your own', () => {
    const module = join(mine, 'scores.mjs');
    writeFileSync(
      module,
      `import { writeFileSync } from 'node:fs';
       export { surfaceDice } from './surface-dice.mjs';
       export class Scores {
         validated({ summaryFile, scores }) {
           writeFileSync(summaryFile + '.heard', JSON.stringify(scores));
         }
       }`,
    );
    expectSuccess(
      runCommand('nnUNet_train', ['2d', 'nnUNetTrainerV2', '900', '0', '-val', '--root', root, '--plugin', module]),
    );
    const file = join(foldOf('nnUNetTrainerV2'), 'validation_raw/summary.json');
    const { mean } = JSON.parse(readFileSync(file, 'utf8')).results;
    expect(JSON.parse(readFileSync(`${file}.heard`, 'utf8'))).toEqual(mean);
    const share = mean['1']['Surface Dice at 2 mm'];
    expect([share >= 0, share <= 1, typeof mean['1'].Dice]).toEqual([true, true, 'number']);
  });

  it('logs to MLflow, and goes on with its run after a stop', async () => {
    const mlflow = await startMLflow();
    vi.stubEnv('MLFLOW_TRACKING_URI', mlflow.address);
    try {
      await listenedTraining('mlflow.mjs', { epochs: 2 });
      await listenedTraining('mlflow.mjs', { epochs: 3 }, true);
      expect(mlflow.faults).toEqual([]);
      expect(mlflow.experiments).toEqual(['Task900_Tiny']);
      const [run] = mlflow.runs as [MLflowRun];
      expect(mlflow.runs).toHaveLength(1);
      expect(run).toMatchObject({ run_name: '2d, fold 0', status: 'FINISHED' });
      expect(run.params).toMatchObject({ epochs: '2', batchSize: '2', trainer: 'nnUNetTrainerV2' });
      const steps = run.metrics.filter(({ key }) => key === 'trainLoss').map(({ step }) => step);
      expect(steps).toEqual([1, 2, 3]);
      expect(new Set(run.metrics.map(({ key }) => key))).toContain('dice/mean');
    } finally {
      vi.unstubAllEnvs();
      await mlflow.close();
    }
  });

  it.skipIf(spawnSync('python3', ['--version']).status !== 0)('sends lines to Weights & Biases', async () => {
    // In place of W&B's package: writes down what it is called with.
    const folder = temporaryFolder();
    const calls = join(folder, 'calls.jsonl');
    const module = [
      'import json',
      `out = open(${JSON.stringify(calls)}, "a")`,
      'class Run:',
      '    def log(self, data, step): out.write(json.dumps(["log", data, step]) + "\\n")',
      '    def finish(self): out.close()',
      'def init(**arguments):',
      '    out.write(json.dumps(["init", arguments]) + "\\n")',
      '    return Run()',
    ];
    writeFileSync(join(folder, 'wandb.py'), module.join('\n'));
    vi.stubEnv('PYTHONPATH', folder);
    vi.stubEnv('WANDB_PYTHON', 'python3');
    await listenedTraining('wandb.mjs', { epochs: 2 }).finally(() => vi.unstubAllEnvs());
    const [init, ...logs] = readFileSync(calls, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(init[1]).toMatchObject({ project: 'Task900_Tiny', config: { epochs: 2, batchSize: 2 } });
    expect(logs.map(([, , step]) => step)).toEqual([1, 2]);
    expect(Object.keys(logs[0][1])).toEqual([
      ...['trainLoss', 'validationLoss', 'dice/mean', 'learningRate', 'seconds', 'dice/1', 'dice/2'],
    ]);
  });
});
