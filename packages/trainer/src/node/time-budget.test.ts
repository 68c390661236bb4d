import { join } from 'node:path';
import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
import { train } from './train.ts';

const STEP = 0.6;
const EVALUATION = 0.1;
/** Seconds of a clock that moves with the network alone, so that the figures are those of every machine. */
const clock = { seconds: 0 };

vi.mock('./session-engine.ts', async (original) => {
  const module = await original<typeof import('./session-engine.ts')>();
  return {
    ...module,
    startSessionEngine: async (...given: Parameters<typeof module.startSessionEngine>) => {
      const engine = await module.startSessionEngine(...given);
      const lasting =
        <A extends unknown[], R>(seconds: number, work: (...values: A) => R) =>
        (...values: A): R => {
          clock.seconds += seconds;
          return work(...values);
        };
      return { ...engine, step: lasting(STEP, engine.step), evaluate: lasting(EVALUATION, engine.evaluate) };
    },
  };
});

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
beforeAll(() => writeTinyTask(join(root, 'preprocessed'), [0]));
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => 1000 * clock.seconds));

function trainInTime(more: Partial<Parameters<typeof train>[0]>) {
  return train({
    ...tinyFold(root, 'timed'),
    plans: tinyPlans([8, 8]),
    configuration: '2d',
    trainer: 'nnUNetTrainerV2',
    workers: 0,
    ...more,
  });
}

describe('a training with a time budget', () => {
  it('makes about ten epochs of what the start and the validation leave, and ends in time', async () => {
    const lines: string[] = [];
    const timed = await trainInTime({
      // There is nothing to continue yet.
      continueTraining: true,
      settings: { timeBudget: 0.5 },
      evaluate: true,
      onLog: (line) => lines.push(line),
    });
    const { settings, log, elapsedSeconds } = timed.state;
    // One case of 6 slices, each of 2 x 2 tiles in 4 mirrored versions: 96 patches of 0.045 s (batches of two in 0.1 s, less
    // a tenth for the loss), and 0.3 s beside; a fifth more is kept.
    expect(settings.validationMinutes * 60).toBeCloseTo(1.2 * 4.62, 6);
    // Of 30 s, 4 steps and 2 evaluations at the start (2.6 s) and 5.544 s for the validation leave 21.856 s.
    expect(settings).toMatchObject({ iterationsPerEpoch: 3, validationIterationsPerEpoch: 1 });
    expect(lines.find((line) => line.startsWith('time budget'))).toBe(
      'time budget of 30 s: the start took 3 s, 6 s are reserved for the validation; ' +
        'about 12 epochs of 3 training and 1 validation iterations (0.60 s a step)',
    );
    // 11 epochs of 1.9 s; the twelfth ends after 2 steps, at the limit of 24.456 s, with its validation.
    expect(log.trainLosses).toHaveLength(12);
    expect(elapsedSeconds).toBeCloseTo(2.6 + 11 * 1.9 + 1.3, 6);
    // Continued with the same budget, there is nothing left to do.
    const again = await trainInTime({ continueTraining: true, settings: { timeBudget: 0.5 } });
    expect(again.state.log.trainLosses).toEqual(log.trainLosses);
  });
});
