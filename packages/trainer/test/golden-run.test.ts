import { beforeAll, describe, expect, it, vi } from 'vitest';
import { differencesOf } from './differences.ts';
import { lossValue } from './loss-value.ts';
import { describeRun, runTraining, scenarios } from './own-run.ts';
import { Comparison } from './v1-differences.ts';
import { comparedTrainers, type Json, plansOf, table, trainerFor, v1Entry, v1Run } from './v1-table.ts';

const cases = comparedTrainers.flatMap((name) =>
  Object.keys(scenarios).flatMap((scenario) =>
    v1Run(name, scenario) === undefined ? [] : [[name, scenario] as const],
  ),
);

describe.skipIf(table === undefined)("whole trainings of v1's trainers (in ../shared/golden/trainers)", () => {
  const comparison = new Comparison('course');
  // A training lets timers through before each step: at once, for there are a million of steps.
  beforeAll(() => {
    vi.stubGlobal('setTimeout', setImmediate);
    return () => vi.unstubAllGlobals();
  });

  it.each(cases)('%s, %s', async (name, scenario) => {
    const { loss_changes: lossChanges, rescue, momentum, ...v1 } = v1Run(name, scenario)!;
    const [plans] = plansOf(name);
    const trainer = trainerFor(name, plans!);
    const record = await runTraining(trainer, scenarios[scenario]!);
    // what v1 writes as the momentum of Adam has no effect
    const adam = trainer.optimizer().name === 'adam';
    const rescues = (rescue as Json[]).map(({ network_apply: _, momentum_then, ...when }) => ({
      ...when,
      momentum_then: adam ? null : momentum_then,
    }));
    const expected: Json = { ...v1, momentum: adam ? null : momentum, rescue: rescues };
    const differences = differencesOf(expected, describeRun(record, trainer, expected), scenario);
    expect(comparison.faults(name, differences)).toEqual([]);
    for (const [epoch, weights] of (lossChanges ?? []) as [number, Record<string, number>][]) {
      const part = (loss: string) => v1Entry(`nnUNetTrainerV2_Loss_${loss}`, plans!).loss_value as number;
      const v1Value = weights['loss.weight_ce']! * part('CE') + weights['loss.weight_dice']! * part('Dice');
      expect(await lossValue(record.losses[epoch]!, false), `loss in epoch ${epoch}`).toBeCloseTo(v1Value, 11);
    }
  });

  it('differs wherever a difference is listed as wanted', () => {
    expect(comparison.outdated()).toEqual([]);
  });
});
