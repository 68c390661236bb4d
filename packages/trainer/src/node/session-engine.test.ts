import { arraySource, type PatchSource, sampleBatch, validationBatch } from '@nnunet/augment';
import { ParallelTrainingSession, TrainingSession } from '@nnunet/network/node';
import { counterRandom } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { describe, expect, it, vi } from 'vitest';
import { type Checkpoint, decodeTrainingCheckpoint, encodeCheckpoint } from '../checkpoint.ts';
import { nnUNetTrainerV2 } from '../default-trainer-v1.ts';
import { TrainingRun } from '../training-run.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { startSessionEngine } from './session-engine.ts';

/** Two cases, each with a bright and a brighter blob of labels 1 and 2. */
function blobs(): PatchSource {
  const shape = [12, 14, 13];
  return arraySource(
    [0, 1].map((id) => {
      const random = counterRandom(id, 'blobs');
      const seg = new Float32Array(12 * 14 * 13);
      const data = random.fillNormal(new Float32Array(seg.length), 0.2);
      for (let i = 0; i < seg.length; i++) {
        const [z, y, x] = [Math.floor(i / 182), Math.floor(i / 13) % 14, i % 13];
        const distance = (z - 6) ** 2 + (y - 6 - id) ** 2 + (x - 6) ** 2;
        seg[i] = distance < 7 ? 2 : distance < 25 ? 1 : 0;
        data[i]! += seg[i]!;
      }
      return { id: `case_${id}`, shape, data, seg };
    }),
  );
}

async function train(patchSize: number[], options: { from?: Uint8Array; stopAfter?: number } = {}) {
  const source = blobs();
  const configuration = patchSize.length === 2 ? '2d' : '3d_fullres';
  const trainer = new nnUNetTrainerV2({ plans: tinyPlans(patchSize), configuration, stage: 0, batchDice: true });
  const stored = options.from && decodeTrainingCheckpoint(options.from, 'test');
  const settings = resolveSettings({ epochs: 2, iterationsPerEpoch: 4, validationIterationsPerEpoch: 2, seed: 7 });
  const state = stored?.state ?? startingState(settings, trainer.optimizer().momentum);
  const engine = await startSessionEngine({
    trainer,
    batchSize: 2,
    seed: settings.seed,
    weights: stored?.weights,
    momenta: stored?.momenta,
    momentum: state.momentum,
  });
  const recipe = trainer.recipe(2);
  const controller = new AbortController();
  let last: Checkpoint | undefined;
  let steps = 0;
  const result = await new TrainingRun(state, trainer.rules(), {
    engine,
    batches: {
      training: (epoch, iteration) => sampleBatch(source, recipe, { seed: 7, epoch, iteration }),
      validation: (epoch, iteration) => validationBatch(source, recipe, { seed: 7, epoch, iteration }),
    },
    save: async (_kind, s, weights, momenta) => {
      last = { model: trainer.describeModel(), about: {}, state: structuredClone(s), weights, momenta };
    },
    restart: async () => engine,
    log: async () => undefined,
    onProgress: ({ phase }) => {
      if (phase === 'training' && ++steps === options.stopAfter) controller.abort();
    },
    now: () => 0,
    signal: controller.signal,
  }).run();
  const bytes = Uint8Array.from(Buffer.concat(encodeCheckpoint(last!)));
  return { result, checkpoint: last!, bytes };
}

describe.each([[[8, 8]], [[8, 8, 8]]])('a training of patches %j', (patchSize) => {
  it('that was stopped twice ends bit for bit like an unbroken one', async () => {
    const whole = await train(patchSize);
    const first = await train(patchSize, { stopAfter: 3 });
    expect(first.result).toBe('interrupted');
    const second = await train(patchSize, { from: first.bytes, stopAfter: 3 });
    expect(second.checkpoint.state).toMatchObject({ epoch: 1 });
    const third = await train(patchSize, { from: second.bytes });
    expect(third.result).toBe('finished');
    expect(third.checkpoint.state).toEqual(whole.checkpoint.state);
    expect(Buffer.compare(third.bytes, whole.bytes)).toBe(0);
    const changed = [...whole.checkpoint.weights].filter(([name, { data }]) =>
      data.some((x, i) => x !== first.checkpoint.weights.get(name)!.data[i]),
    );
    expect(changed.length).toBeGreaterThan(10);
  });
});

it('begins at the start of the training, in one session, unless told otherwise', async () => {
  const [one, many] = [TrainingSession, ParallelTrainingSession].map((session) =>
    vi.spyOn(session, 'create').mockResolvedValue({} as never),
  );
  const plans = tinyPlans([8, 8]);
  const trainer = new nnUNetTrainerV2({ plans, configuration: '2d', stage: 0, batchDice: true });
  const loss = vi.spyOn(trainer, 'loss');
  await startSessionEngine({ trainer, batchSize: 6, seed: 1 });
  expect(one).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ batchSize: 6, optimizer: expect.objectContaining({ momentum: 0.99 }) }),
  );
  expect(loss).toHaveBeenLastCalledWith(0);
  await startSessionEngine({ trainer, batchSize: 6, seed: 1, momentum: 0.95, share: 0.6, compute: { sessions: 3 } });
  expect(many).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ sessions: 3, optimizer: expect.objectContaining({ momentum: 0.95 }) }),
  );
  expect(loss).toHaveBeenLastCalledWith(0.6);
  expect(one).toHaveBeenCalledOnce();
  vi.restoreAllMocks();
});
