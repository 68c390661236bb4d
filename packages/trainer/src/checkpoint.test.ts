import { isNnUNetError } from '@nnunet/errors';
import type { Plans } from '@nnunet/schema';
import { encodeSafetensors } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, decodeTrainingCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { nnUNetTrainerV2 } from './default-trainer-v1.ts';
import { resolveSettings } from './training-settings.ts';
import { startingState } from './training-state.ts';

/** The largest finite number of 32 bits, (2 - 2^-23) 2^127. */
const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

function concatenate(chunks: Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

function example(plans: Plans = tinyPlans([8, 8])): Checkpoint {
  const trainer = new nnUNetTrainerV2({ plans, configuration: '2d', stage: 0, batchDice: true });
  const state = startingState(resolveSettings({ epochs: 3, iterationsPerEpoch: 7 }), 0.99);
  state.epoch = 2;
  state.iterationLosses = [0.1 + 0.2, -1 / 3];
  state.criterion = 0.1 * 3;
  state.best = 2 / 3;
  state.log.validationMetrics.push(0.25, Number.NaN);
  state.elapsedSeconds = 12.345678901234567;
  const tensor = (...values: number[]) => ({ data: Float32Array.from(values), shape: [values.length] });
  return {
    model: trainer.describeModel(),
    about: { task: 'Task900_Tiny', fold: 0 },
    state,
    weights: new Map([
      ['a.weight', tensor(Math.PI, -0, 1e-40, LARGEST_FLOAT)],
      ['b.bias', tensor(1 / 3)],
    ]),
    momenta: new Map([
      ['a.weight', tensor(0.1, 0.2, 0.3, 0.4)],
      ['b.bias', tensor(-7)],
    ]),
  };
}

describe('checkpoint', () => {
  it('comes back bit by bit', () => {
    const before = example();
    const after = decodeTrainingCheckpoint(concatenate(encodeCheckpoint(before)), 'test');
    expect([...after.weights.keys()]).toEqual(['a.weight', 'b.bias']);
    for (const part of ['weights', 'momenta'] as const)
      for (const [name, { data, shape }] of before[part]) {
        const found = after[part].get(name)!;
        expect(found.shape).toEqual(shape);
        expect(new Uint32Array(Float32Array.from(found.data).buffer)).toEqual(new Uint32Array(data.buffer));
      }
    expect(after.state).toEqual(before.state);
    expect(after.model).toEqual(before.model);
    expect(after.about).toEqual(before.about);
  });

  it('with weights that are not finite is refused, and the weight named', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const diverged = example();
      diverged.weights.get('b.bias')!.data[0] = value;
      const fault = caught(() => decodeTrainingCheckpoint(concatenate(encodeCheckpoint(diverged)), 'm.safetensors'));
      expect(isNnUNetError(fault, 'bad-weights')).toBe(true);
      expect((fault as Error).message).toMatch(/^m\.safetensors: .*b\.bias contains (NaN|Infinity)/);
    }
  });

  it('names the file and the fault if it is not a checkpoint', () => {
    const other = encodeSafetensors(new Map([['x', { data: Float32Array.of(1), shape: [1] }]]));
    const foreign = caught(() => decodeTrainingCheckpoint(other, 'other.safetensors'));
    expect(isNnUNetError(foreign, 'bad-checkpoint')).toBe(true);
    expect((foreign as Error).message).toContain('other.safetensors');
    const whole = concatenate(encodeCheckpoint(example()));
    const cut = caught(() => decodeTrainingCheckpoint(whole.subarray(0, whole.length - 5), 'cut'));
    expect(isNnUNetError(cut, 'bad-safetensors')).toBe(true);
    const wrong = example();
    wrong.model.mirrorAxes = ['x'] as unknown as number[];
    const fault = caught(() => decodeTrainingCheckpoint(concatenate(encodeCheckpoint(wrong)), 'wrong'));
    expect((fault as Error).message).toContain('"mirrorAxes"');
  });
});

function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return null;
}
