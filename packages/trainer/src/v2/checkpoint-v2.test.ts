import { initialiseWeights } from '@nnunet/network';
import { concatenate } from '@nnunet/tensor/internal';
import { bytesSource, openTorchCheckpoint, torchCheckpointChunks } from '@nnunet/torch-checkpoint';
import { expect, it } from 'vitest';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import { type CheckpointV2, readCheckpointV2, torchCheckpointV2 } from './checkpoint-v2.ts';
import { tinyContextV2 } from './tiny-plans-v2.fixture.ts';
import { shippedTrainersV2 } from './trainer-registry-v2.ts';
import { TrainerV2 } from './trainer-v2.ts';

const trainer = new TrainerV2(tinyContextV2({ background: 0, liver: 1 }));
const settings = resolveSettings({ epochs: 4 });
const weights = initialiseWeights(trainer.network(), 3);
const momenta = new Map(
  [...weights].map(([name, { shape, data }], i) => [name, { shape, data: data.map(() => i + 1) }]),
);

/** After three epochs, of which the second had no foreground. */
function checkpoint(): CheckpointV2 {
  const state = startingState(settings, 0.99);
  state.epoch = 3;
  state.best = 0.22;
  state.log = { trainLosses: [3, 2, 1], validationLosses: [4, 3, 2], validationMetrics: [0.2, Number.NaN, 0.4], learningRates: [0.01, 0.009, 0.008], epochSeconds: [5, 6, 7], waitingShares: [0, 0, 0] }; // biome-ignore format: a row
  const history = { dice: [[0.2], [Number.NaN], [0.4]], starts: [10, 15, 21], ends: [15, 21, 28] };
  return { state, weights, momenta, history };
}

/** What is stored, as it is read again; by v2's program without the settings of this one. */
async function stored(changes: Record<string, unknown> = {}): Promise<Map<string, unknown>> {
  const value = { ...(torchCheckpointV2(checkpoint(), trainer, 0) as object), ...changes };
  const bytes = concatenate(torchCheckpointChunks(value as Parameters<typeof torchCheckpointChunks>[0]));
  return (await openTorchCheckpoint(bytesSource(bytes, 'a.pth'))).value as Map<string, unknown>;
}
const read = (content: unknown, given = settings) => readCheckpointV2(content, trainer, given, 'a.pth');

it("keeps v2's log, with the average of the epochs that had foreground", async () => {
  const content = await stored();
  expect(content.get('_best_ema')).toBe(0.22);
  expect(content.get('current_epoch')).toBe(3);
  const averages = (content.get('logging') as Map<string, number[]>).get('ema_fg_dice')!;
  // A tenth of the new value.
  for (const [i, expected] of [0.2, 0.2, 0.22].entries()) expect(averages[i]).toBeCloseTo(expected, 12);
});

it('comes back as it was, with the momenta that v2 numbers', async () => {
  const again = await read(await stored());
  expect(again.state).toEqual(checkpoint().state);
  expect(again.history).toEqual(checkpoint().history);
  expect([...again.weights.keys()]).toEqual([...weights.keys()]);
  for (const [name, { data }] of again.momenta!) {
    const lowest = name.startsWith('decoder.seg_layers.0.');
    expect(data, name).toEqual(lowest ? new Float32Array(data.length) : momenta.get(name)!.data);
  }
});

it.each([
  ['nnUNetTrainer', [0, 1, 2]],
  ['nnUNetTrainer_onlyMirror01', [0, 1]],
  // None, as v2 stores it: its prediction takes the greatest of the axes, if there are any.
  ['nnUNetTrainerNoMirroring', null],
  ['nnUNetTrainerNoDA', null],
] as const)('tells v2 along which axes to mirror: %s', (name, axes) => {
  const own = new (shippedTrainersV2.get(name))(tinyContextV2({ background: 0, liver: 1 }));
  expect(torchCheckpointV2(checkpoint(), own, 0)).toMatchObject({ inference_allowed_mirroring_axes: axes });
});

// As in checkpoints of v2, whose optimiser knows only what the loss reaches.
it.each(['nnUNetTrainer', 'nnUNetTrainerNoDeepSupervision'] as const)('keeps nothing of the lower head: %s', (name) => {
  const own = new (shippedTrainersV2.get(name))(tinyContextV2({ background: 0, liver: 1 }));
  const content = torchCheckpointV2(checkpoint(), own, 0) as { optimizer_state: { state: Map<number, unknown> } };
  const has = (parameter: string) => content.optimizer_state.state.has([...weights.keys()].indexOf(parameter));
  expect([0, 1].map((head) => has(`decoder.seg_layers.${head}.weight`))).toEqual([false, true]);
});

it("continues what v2's program began", async () => {
  const content = await stored();
  content.delete('training_state');
  const { state } = await read(content);
  const { log } = checkpoint().state;
  expect(state).toMatchObject({ settings, epoch: 3, best: 0.22, momentum: 0.99, finished: false, iterationLosses: [] });
  expect(state.criterion).toBeCloseTo(0.22, 12);
  expect(state.log).toEqual(log);
  expect((await read(content, resolveSettings({ epochs: 3 }))).state.finished).toBe(true);
});

it.each([
  [{ current_epoch: null, training_state: null }, /does not say how many epochs/],
  [{ training_state: '{' }, /"training_state" is not JSON/],
  [{ optimizer_state: { state: new Map([[0, { momentum_buffer: { data: new Float32Array(1), shape: [1] } }]]) } }, /the momentum of encoder\.stages\.0\.0\.convs\.0\.conv\.weight has the shape 1/], // biome-ignore format: a row
])('refuses what is damaged: %j', async (changes, message) => {
  await expect(stored(changes).then((content) => read(content))).rejects.toThrow(message);
});
