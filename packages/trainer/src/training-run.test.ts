import type { Batch } from '@nnunet/augment';
import { isNnUNetError } from '@nnunet/errors';
import type { WeightMap } from '@nnunet/inference';
import { describe, expect, it } from 'vitest';
import type { EpochReport } from './finished-epoch.ts';
import { polyLearningRate } from './schedule.ts';
import type {
  CheckpointKind,
  StepSettings,
  TrainingEngine,
  TrainingPorts,
  TrainingProgress,
} from './training-ports.ts';
import type { TrainingRules } from './training-rules.ts';
import { TrainingRun } from './training-run.ts';
import { resolveSettings, type TrainingSettings } from './training-settings.ts';
import { startingState, stateFromJson, stateToJson, type TrainingState } from './training-state.ts';
import { createTrainerV2 } from './v2/create-trainer-v2.ts';
import { tinyContextV2 } from './v2/tiny-plans-v2.fixture.ts';

interface Saved {
  kind: CheckpointKind;
  state: TrainingState;
  weights: WeightMap;
  momenta: WeightMap;
}

const rules: TrainingRules = {
  classes: 1,
  learningRate: (initial, share) => initial * (1 - share),
  checkpointEvery: 50,
  rescue: null,
  phase: () => 0,
  hasSettled: () => false,
};

/**
 * Descends on (w − x)², where the batch holds x; its Dice is worse the further w is from 1. Like a session it may be
 * disposed of twice, and can do nothing else afterwards.
 */
class ParabolaEngine implements TrainingEngine {
  rates: number[] = [];
  disposed = false;
  #w: number;
  #v: number;
  readonly #momentum: number;
  readonly #dice: (w: number) => number;
  constructor(w = 0, v = 0, momentum = 0.9, dice = (w: number) => Math.max(0, 1 - Math.abs(w - 1))) {
    this.#w = w;
    this.#v = v;
    this.#momentum = momentum;
    this.#dice = dice;
  }
  #requireAlive() {
    if (this.disposed) throw new Error('the session is disposed of');
  }
  async step(batch: Batch, learningRate: number) {
    this.#requireAlive();
    this.rates.push(learningRate);
    const distance = this.#w - batch.data[0]!;
    this.#v = this.#momentum * this.#v + 2 * distance;
    this.#w -= learningRate * this.#v;
    return { loss: distance ** 2, gradientNorm: Math.abs(2 * distance) };
  }
  async evaluate(batch: Batch) {
    this.#requireAlive();
    const tp = this.#dice(this.#w);
    return {
      loss: (this.#w - batch.data[0]!) ** 2,
      truePositives: [tp],
      falsePositives: [1 - tp],
      falseNegatives: [1 - tp],
    };
  }
  async snapshot() {
    this.#requireAlive();
    const map = (x: number): WeightMap =>
      new Map([['w', { data: Float64Array.of(x) as unknown as Float32Array, shape: [1] }]]);
    return { weights: map(this.#w), momenta: map(this.#v) };
  }
  async dispose() {
    this.disposed = true;
  }
}

function batch(...key: number[]): Batch {
  const x = 1 + Math.sin(key.reduce((a, b) => 31 * a + b, 7)) / 4;
  return { data: Float32Array.of(x), shape: [1], targets: [], keys: [] };
}

interface RunOptions {
  settings?: Partial<TrainingSettings>;
  from?: Saved;
  rules?: Partial<TrainingRules>;
  engine?: ParabolaEngine;
  /** Seconds that each look at the clock takes. */
  tick?: number;
  /** Seconds that each step takes, and each validation iteration. */
  lasting?: [step: number, evaluation: number];
  stopAfter?: number;
  restart?: TrainingPorts['restart'];
  /** Epoch and iteration whose batch cannot be had. */
  batchFails?: [number, number];
  saved?: Saved[];
}

async function run(options: RunOptions = {}) {
  const settings = resolveSettings({
    epochs: 4,
    iterationsPerEpoch: 5,
    initialLearningRate: 0.05,
    ...options.settings,
  });
  const state = options.from ? stateFromJson(stateToJson(options.from.state), 'test') : startingState(settings, 0.9);
  const start = options.from ? [options.from.weights, options.from.momenta].map((m) => m.get('w')!.data[0]) : [0, 0];
  const engine = options.engine ?? new ParabolaEngine(start[0], start[1]);
  const saved = options.saved ?? [];
  const lines: string[] = [];
  const epochs: EpochReport[] = [];
  const told: TrainingProgress[] = [];
  const controller = new AbortController();
  let seconds = 0;
  let steps = 0;
  const result = await new TrainingRun(
    state,
    { ...rules, ...options.rules },
    {
      engine,
      batches: {
        training: async (e, i) => {
          if (options.batchFails?.join() === `${e},${i}`) throw new Error('no batch');
          seconds += options.lasting?.[0] ?? 0;
          return batch(0, e, i);
        },
        validation: async (e, i) => {
          seconds += options.lasting?.[1] ?? 0;
          return batch(1, e, i);
        },
      },
      save: async (kind, s, weights, momenta) => {
        saved.push({ kind, state: stateFromJson(stateToJson(s), 'test'), weights, momenta });
      },
      restart:
        options.restart ??
        (async (weights, momenta, step) =>
          new ParabolaEngine(weights.get('w')!.data[0], momenta.get('w')!.data[0], step.momentum)),
      log: async (text) => void lines.push(text),
      onEpoch: (report) => void epochs.push(report),
      onProgress: (progress) => {
        told.push(progress);
        if (progress.phase === 'training' && ++steps === options.stopAfter) controller.abort();
      },
      now: () => {
        seconds += options.tick ?? 0;
        return seconds;
      },
      signal: controller.signal,
    },
  ).run();
  return { result, saved, lines, epochs, told, engine, state };
}

describe('TrainingRun', () => {
  it('logs an epoch in numbers', async () => {
    class Steady extends ParabolaEngine {
      override async step() {
        return { loss: 2, gradientNorm: 0 };
      }
      override async evaluate() {
        return { loss: 0.5, truePositives: [3], falsePositives: [2], falseNegatives: [0] };
      }
    }
    // Where each look at the clock takes a second, a step takes 2, of which 1 is for its batch; the epoch has 14 looks.
    const settings = { epochs: 1, iterationsPerEpoch: 2 };
    const { lines } = await run({ settings, engine: new Steady(), tick: 1, rules: { learningRate: () => 0.125 } });
    expect(lines).toEqual([
      '\nepoch:  1',
      'train loss : 2.0000',
      'validation loss: 0.5000',
      'Average global foreground Dice: [0.7500]',
      '(an estimate from random patches, not the Dice of whole images)',
      'lr: 0.125000',
      'waiting for data: 50.0 % of the training steps',
      'This epoch took 14.000000 s',
    ]);
  });

  it('logs the learning rate of the next epoch as v1 does, and of the epoch itself as v2 does', async () => {
    const rates = async (rules: Partial<TrainingRules>) => {
      const settings = { epochs: 20, iterationsPerEpoch: 1, initialLearningRate: 0.01 };
      const { lines } = await run({
        settings,
        rules: { ...rules, learningRate: (initial, share) => polyLearningRate(initial, share) },
      });
      return lines.flatMap((line) => (line.startsWith('lr: ') ? [line.slice(4)] : []));
    };
    // The first and the last of the "lrs" that v2 logged in 20 epochs (../shared/golden/v2/models).
    const { tellsOwnRate } = createTrainerV2(tinyContextV2({ background: 0, whole: 1 })).rules();
    const v2 = await rates({ tellsOwnRate });
    expect([...v2.slice(0, 3), v2.at(-1)]).toEqual(['0.010000', '0.009549', '0.009095', '0.000675']);
    const v1 = await rates({});
    expect([...v1.slice(0, 2), v1.at(-1)]).toEqual(['0.009549', '0.009095', '0.000000']);
  });

  it('tells after each iteration its loss, what is done, how long one takes, and how long the rest', async () => {
    class Counting extends ParabolaEngine {
      #steps = 0;
      override async step() {
        return { loss: ++this.#steps, gradientNorm: 0 };
      }
      override async evaluate() {
        return { loss: 10 * this.#steps, truePositives: [3], falsePositives: [2], falseNegatives: [0] };
      }
    }
    // Each look at the clock takes a second: a step 2, a validation iteration 1.
    const settings = { epochs: 2, iterationsPerEpoch: 2, validationIterationsPerEpoch: 1 };
    const { told } = await run({ settings, tick: 1, engine: new Counting() });
    const whole = { epochs: 2, secondsPerIteration: 2, iterations: 2 };
    const short = { epochs: 2, secondsPerIteration: 1, iterations: 1, iteration: 1 };
    expect(told).toEqual([
      // A validation iteration is first taken for a third of a step: two epochs of 14 / 3 s.
      { ...whole, phase: 'training', epoch: 1, iteration: 1, loss: 1, secondsLeft: expect.closeTo(28 / 3 - 2, 9) },
      { ...whole, phase: 'training', epoch: 1, iteration: 2, loss: 2, secondsLeft: expect.closeTo(28 / 3 - 4, 9) },
      { ...short, phase: 'validation', epoch: 1, loss: 20, secondsLeft: 5 },
      { ...whole, phase: 'training', epoch: 2, iteration: 1, loss: 3, secondsLeft: 3 },
      { ...whole, phase: 'training', epoch: 2, iteration: 2, loss: 4, secondsLeft: 1 },
      { ...short, phase: 'validation', epoch: 2, loss: 40, secondsLeft: 0 },
    ]);
  });

  it('averages the losses and the Dice of the epochs as v1 does', async () => {
    class Given extends ParabolaEngine {
      #steps = 0;
      #evaluations = 0;
      override async step() {
        return { loss: [2, 4, 5, 7][this.#steps++]!, gradientNorm: 0 };
      }
      override async evaluate() {
        const tp = [1, 3][this.#evaluations++]!;
        return { loss: 2 ** this.#evaluations, truePositives: [tp], falsePositives: [1], falseNegatives: [1] };
      }
    }
    const { state, epochs } = await run({ settings: { epochs: 2, iterationsPerEpoch: 2 }, engine: new Given() });
    expect(state.log).toMatchObject({ trainLosses: [3, 6], validationLosses: [2, 4], validationMetrics: [0.5, 0.75] });
    // 0.93 of the old train loss is kept, and 0.9 of the old Dice.
    expect(state.trainLossAverage).toBeCloseTo(0.93 * 3 + 0.07 * 6, 12);
    expect(epochs.map(({ criterion }) => criterion)).toEqual([0.5, expect.closeTo(0.525, 12)]);
  });

  it('sets the learning rate by epoch and saves the final model', async () => {
    const { result, saved, engine, epochs } = await run();
    expect(result).toBe('finished');
    expect(engine.rates.filter((_, i) => i % 5 === 0)).toEqual([0.05, 0.05 * 0.75, 0.025, 0.0125]);
    expect(new Set(engine.rates).size).toBe(4);
    expect(epochs.map((e) => e.epoch)).toEqual([1, 2, 3, 4]);
    const last = saved.at(-1)!;
    expect(last.kind).toBe('final');
    expect(last.state).toMatchObject({ epoch: 4, finished: true, iterationLosses: [] });
    expect(last.state.log.trainLosses).toHaveLength(4);
    expect(engine.disposed).toBe(true);
  });

  it('ends with the same numbers when it is stopped anywhere and continued', async () => {
    const whole = await run();
    for (const stopAfter of [1, 5, 7, 18]) {
      const first = await run({ stopAfter });
      expect(first.result).toBe('interrupted');
      const second = await run({ from: first.saved.at(-1)! });
      expect(second.saved.at(-1)!.weights).toEqual(whole.saved.at(-1)!.weights);
      expect(second.saved.at(-1)!.momenta).toEqual(whole.saved.at(-1)!.momenta);
      expect(second.saved.at(-1)!.state).toEqual(whole.saved.at(-1)!.state);
    }
  });

  it('counts the steps of all epochs, also if it is continued: dropouts are drawn from their number', async () => {
    const numbers: number[] = [];
    class Counting extends ParabolaEngine {
      override async step(batch: Batch, learningRate: number, number?: number) {
        numbers.push(number!);
        return super.step(batch, learningRate);
      }
    }
    const settings = { epochs: 2, iterationsPerEpoch: 3 };
    const { saved } = await run({ settings, engine: new Counting(), stopAfter: 4 });
    await run({ settings, engine: new Counting(), from: saved.at(-1)! });
    expect(numbers).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('keeps the best model from the second epoch on, when strictly better', async () => {
    const { saved, epochs } = await run({ settings: { initialLearningRate: 0.01 } });
    const better = epochs.filter((e) => e.improved).map((e) => e.epoch);
    expect(better[0]).toBe(1);
    expect(better.length).toBeGreaterThan(1);
    const bestOf = (all: typeof saved) => all.filter((s) => s.kind === 'best').map((s) => s.state.epoch);
    expect(bestOf(saved)).toEqual(better.slice(1));
    // In nnU-Net v2 from the first on.
    const rules = { savesFirstBest: true };
    expect(bestOf((await run({ settings: { initialLearningRate: 0.01 }, rules })).saved)).toEqual(better);
  });

  it('writes the best of an epoch before the latest: who continues from that does not write it again', async () => {
    const { saved } = await run({ settings: { initialLearningRate: 0.01 }, rules: { checkpointEvery: 1 } });
    const best = saved.flatMap((s, i) => (s.kind === 'best' ? [i] : []));
    expect(best.length).toBeGreaterThan(1);
    for (const i of best)
      expect(saved[i + 1]).toMatchObject({ kind: 'latest', state: { epoch: saved[i]!.state.epoch } });
  });

  it('writes the latest model by epochs and by minutes', async () => {
    const byEpochs = await run({ rules: { checkpointEvery: 2 } });
    expect(byEpochs.saved.filter((s) => s.kind === 'latest').map((s) => s.state.epoch)).toEqual([2, 4]);
    const byMinutes = await run({ tick: 5, settings: { checkpointMinutes: 1 } });
    const within = byMinutes.saved.filter((s) => s.kind === 'latest' && s.state.iterationLosses.length > 0);
    expect(within.length).toBeGreaterThan(1);
    expect(within.length).toBeLessThan(12);
  });

  it('writes the latest model when exactly so many minutes are over', async () => {
    // Between two looks 15 / 16 s: 11 looks from the start to the end of the second step, 15 from there to the fifth.
    const { saved } = await run({ tick: 15 / 16, settings: { epochs: 1, checkpointMinutes: 11 / 64 } });
    const steps = saved.filter(({ kind }) => kind === 'latest').map(({ state }) => state.iterationLosses.length);
    expect(steps).toEqual([2, 5]);
  });

  it('follows a time budget: the rate falls within an epoch, and the training ends when the time is up', async () => {
    const { result, engine, state, epochs } = await run({ tick: 1, settings: { epochs: 1000, timeBudget: 1 } });
    expect(result).toBe('finished');
    expect(epochs.length).toBeLessThan(10);
    expect(engine.rates.every((rate, i) => i === 0 || rate < engine.rates[i - 1]!)).toBe(true);
    expect(engine.rates.at(-1)).toBeLessThan(0.01);
    expect(state.elapsedSeconds).toBeGreaterThanOrEqual(60);
  });

  it('ends its last epoch so early that the validation iterations fit the budget, less what is kept for validation', async () => {
    // Each look at the clock is a second.
    const settings = { epochs: 1000, iterationsPerEpoch: 10, validationIterationsPerEpoch: 5, timeBudget: 3 };
    const { state: whole } = await run({ tick: 1, settings });
    expect(whole.elapsedSeconds).toBeGreaterThan(150);
    expect(whole.elapsedSeconds).toBeLessThan(190);
    const { state: less } = await run({ tick: 1, settings: { ...settings, validationMinutes: 1 } });
    expect(less.elapsedSeconds).toBeGreaterThan(95);
    expect(less.elapsedSeconds).toBeLessThan(145);
  });

  it('begins no epoch when the time is up, and makes at least a step of one that it begins', async () => {
    const epochs = async (seconds: number, more: Partial<TrainingSettings> = {}, from?: Saved) => {
      const settings = { epochs: 1000, iterationsPerEpoch: 1, timeBudget: seconds / 60, ...more };
      const { state } = await run({ lasting: [10, 5], settings, from });
      expect(state.log.trainLosses.every(Number.isFinite)).toBe(true);
      return [state.log.trainLosses.length, state.elapsedSeconds];
    };
    // Epochs of 15 s.
    expect(await epochs(60)).toEqual([4, 60]);
    expect(await epochs(60.9375)).toEqual([5, 75]);
    // The last epoch ends as early as its validation fits, which is first taken for a third of a step.
    const longer = { iterationsPerEpoch: 3, validationIterationsPerEpoch: 1 };
    expect(await epochs(13.125, longer)).toEqual([1, 15]);
    expect(await epochs(15, longer)).toEqual([1, 25]);
    expect(await epochs(45, longer)).toEqual([2, 50]);
    // Half of the time was used in an earlier session.
    const settings = resolveSettings({ epochs: 1000, iterationsPerEpoch: 1, timeBudget: 1 });
    const state = { ...startingState(settings, 0.9), elapsedSeconds: 30 };
    const { weights, momenta } = await new ParabolaEngine().snapshot();
    expect(await epochs(60, {}, { kind: 'latest', state, weights, momenta })).toEqual([2, 60]);
  });

  it('leaves an epoch without any foreground out of the average, and says so', async () => {
    const { state, lines, epochs } = await run({ engine: new ParabolaEngine(0, 0, 0.9, () => Number.NaN) });
    expect(state.criterion).toBeNull();
    expect(epochs[0]!.metric).toBeNaN();
    expect(lines.some((line) => line.includes('the moving average skips this epoch'))).toBe(true);
  });

  it('starts the convolutions anew with less momentum where nothing was learnt', async () => {
    const fresh = new ParabolaEngine(0.5, 0, 0.8);
    const calls: StepSettings[] = [];
    const restart: TrainingPorts['restart'] = async (_weights, _momenta, step) => {
      calls.push(step);
      return fresh;
    };
    const engine = new ParabolaEngine(0, 0, 0.9, () => 0);
    const { state } = await run({ engine, restart, rules: { rescue: { afterEpoch: 1, momentum: 0.8 } } });
    expect(calls).toMatchObject([{ momentum: 0.8, redraw: true }]);
    expect(state.momentum).toBe(0.8);
    expect(engine.disposed && fresh.disposed).toBe(true);
    expect(fresh.rates).toHaveLength(10);
  });

  it.each([
    ['something was learnt', 1, () => 0.1],
    ['no foreground was seen', 1, () => Number.NaN],
    ['the epoch does not come', 9, () => 0],
  ])('does not start anew where %s', async (_, afterEpoch, dice) => {
    const restart: TrainingPorts['restart'] = async () => {
      throw new Error('not to be built');
    };
    const engine = new ParabolaEngine(0, 0, 0.9, dice);
    const { state } = await run({ engine, restart, rules: { rescue: { afterEpoch, momentum: 0.8 } } });
    expect(state.momentum).toBe(0.9);
  });

  it('builds a new step where loss or optimiser change, and goes on with its weights', async () => {
    const phase = (share: number) => (share < 0.5 ? 0 : 1);
    const calls: StepSettings[] = [];
    const restart: TrainingPorts['restart'] = async (weights, momenta, step) => {
      calls.push(step);
      return new ParabolaEngine(weights.get('w')!.data[0], momenta.get('w')!.data[0], step.momentum);
    };
    const { saved, state } = await run({ restart, rules: { phase } });
    expect(calls).toEqual([{ momentum: 0.9, share: 0.5, redraw: false }]);
    const plain = await run();
    expect(saved.at(-1)!.weights).toEqual(plain.saved.at(-1)!.weights);
    expect(state.log.trainLosses).toEqual(plain.state.log.trainLosses);
  });

  it('ends early where the rules say so', async () => {
    const { state, saved } = await run({ rules: { hasSettled: (log) => log.trainLosses.length === 2 } });
    expect(state).toMatchObject({ epoch: 2, finished: true });
    expect(saved.at(-1)!.kind).toBe('final');
  });

  it('keeps what has been learnt when something fails', async () => {
    const whole = await run();
    const saved: Saved[] = [];
    const failing = run({ batchFails: [2, 1], saved }).catch((e: Error) => e.message);
    expect(await failing).toBe('no batch');
    expect(saved.map((s) => s.kind)).toContain('latest');
    const last = saved.at(-1)!;
    expect(last.state).toMatchObject({ epoch: 2 });
    const resumed = await run({ from: last });
    expect(resumed.saved.at(-1)!.weights).toEqual(whole.saved.at(-1)!.weights);
    expect(resumed.state).toEqual(whole.state);
  });

  it.each([
    ['a change of phase', { phase: (share: number) => (share < 0.5 ? 0 : 1) }, undefined],
    ['the rescue', { rescue: { afterEpoch: 1, momentum: 0.9 } }, () => 0],
  ])('keeps what has been learnt when the engine after %s cannot be built', async (_, more, dice) => {
    const engine = () => new ParabolaEngine(0, 0, 0.9, dice);
    const whole = await run({ rules: more, engine: engine() });
    const saved: Saved[] = [];
    const restart: TrainingPorts['restart'] = async () => {
      throw new Error('no memory for another engine');
    };
    const failing = run({ rules: more, engine: engine(), restart, saved }).catch((e: Error) => e.message);
    expect(await failing).toBe('no memory for another engine');
    // The weights after the ten steps of two epochs, not those that it began with.
    const ten = await run({ engine: engine(), stopAfter: 10 });
    expect(saved.at(-1)).toMatchObject({ kind: 'latest', weights: ten.saved.at(-1)!.weights });
    const from = saved.at(-1)!;
    const start = [from.weights, from.momenta].map((m) => m.get('w')!.data[0]);
    const resumed = await run({ from, rules: more, engine: new ParabolaEngine(start[0], start[1], 0.9, dice) });
    expect(resumed.saved.at(-1)!.weights).toEqual(whole.saved.at(-1)!.weights);
    expect(resumed.state).toEqual(whole.state);
  });

  it('says what went wrong first when nothing can be saved either', async () => {
    const engine = new ParabolaEngine();
    engine.snapshot = async () => {
      throw new Error('no snapshot');
    };
    const failing = run({ engine, batchFails: [2, 1] }).catch((e: Error) => e.message);
    expect(await failing).toBe('no batch');
  });

  it('saves nothing where nothing was learnt before something fails', async () => {
    const saved: Saved[] = [];
    await run({ batchFails: [0, 0], saved }).catch(() => undefined);
    expect(saved).toEqual([]);
  });

  it.each([Number.NaN, -1e-9])(
    'stops before a step with the learning rate %d, and keeps what was learnt',
    async (bad) => {
      const saved: Saved[] = [];
      const learningRate = (initial: number, share: number) => (share < 0.5 ? initial : bad);
      const error = await run({ saved, rules: { learningRate } }).catch((e: unknown) => e);
      expect(isNnUNetError(error, 'bad-trainer')).toBe(true);
      expect((error as Error).message).toContain(`found ${bad} in epoch 3`);
      expect(saved.map(({ kind }) => kind)).toContain('latest');
      expect(saved.at(-1)!.state).toMatchObject({ epoch: 2, finished: false });
      // A rate of 0 is one.
      const still = await run({ rules: { learningRate: () => 0 } });
      expect(still.result).toBe('finished');
    },
  );

  it('stops with an error when the loss is NaN', async () => {
    const engine = new ParabolaEngine(Number.NaN);
    const saved: Saved[] = [];
    const error = await run({ engine, saved }).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'diverged')).toBe(true);
    expect((error as Error).message).toMatch(/Nothing was learnt yet\. .* a loss or an architecture of your own/);
    expect(saved).toEqual([]);
    expect(engine.disposed).toBe(true);
    const later = new ParabolaEngine();
    const step = later.step.bind(later);
    let steps = 0;
    later.step = async (...given) => (steps++ < 1 ? step(...given) : { loss: Number.NaN, gradientNorm: 0 });
    await expect(run({ engine: later })).rejects.toThrow(
      /iteration 2: .*\n {2}Continue from the last checkpoint, if there/,
    );
  });
});
