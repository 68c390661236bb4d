import { describeNetwork } from '@nnunet/network';
import { tinyPlans } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import type { ModelFiles } from './model-files.ts';
import { readCheckpointV1 } from './read-checkpoint-v1.ts';

/** What the files hold. */
const files = vi.hoisted(() => ({
  settings: {} as unknown,
  closed: 0,
  network: {} as Record<string, unknown>,
  known: true,
}));
vi.mock('@nnunet/pickle', () => ({ readPickle: () => files.settings, pickleToJson: (content: unknown) => content }));
vi.mock('./read-torch-weights.ts', async (original) => ({
  ...(await original<object>()),
  tensorsOf: () => new Map(),
  readTorchWeights: async () => new Map(),
}));
vi.mock('@nnunet/network/internal', async (original) => ({
  ...(await original<object>()),
  describeV1Model: (given: object) => ({ description: { ...files.network, given }, known: files.known }),
  matchV1Weights: () => new Map(),
}));

const folder: ModelFiles = {
  bytes: async () => new Uint8Array(),
  torch: async () => ({ form: 'zip', value: null, close: async () => void files.closed++ }),
};
const flat = tinyPlans([8, 8]);
const one = tinyPlans([8, 8, 8]);
const two = { ...one, num_stages: 2, plans_per_stage: { 0: one.plans_per_stage[0], 1: one.plans_per_stage[0] } };
const init = (stage: unknown) => ['plans.pkl', 0, 'out', 'data', true, stage, true];

beforeEach(() => {
  files.network = { ...describeNetwork(one, 0) };
  files.known = true;
});

async function read(
  name: string,
  plans: object,
  args: unknown,
): Promise<Awaited<ReturnType<typeof readCheckpointV1>>['description']> {
  // biome-ignore format: a row
  files.settings = { name, init: args, plans };
  return (await readCheckpointV1(folder, 'm.model')).description;
}
const message = (content: unknown) => {
  files.settings = content;
  return readCheckpointV1(folder, 'm.model').then(String, (error: Error) => error.message);
};

it('takes the stage from the arguments of the trainer, behind the rank where there are several processes', async () => {
  expect(await read('nnUNetTrainerV2', two, init(1))).toMatchObject({ trainer: 'nnUNetTrainerV2', stage: 1 });
  expect((await read('nnUNetTrainerV2_DDP', two, [3, ...init(1)])).stage).toBe(1);
  expect((await read('nnUNetTrainerV2', one, init(null))).stage).toBe(0);
  const only = { ...one, plans_per_stage: { 1: one.plans_per_stage[0] } };
  expect((await read('nnUNetTrainerV2', only, [])).stage).toBe(1);
});

it('knows the configuration by patch, channels and stages', async () => {
  const configuration = async (plans: object, stage: number) =>
    (await read('nnUNetTrainerV2', plans, init(stage))).configuration;
  expect(await configuration(one, 0)).toBe('3d_fullres');
  expect(await configuration(two, 0)).toBe('3d_lowres');
  expect(await configuration(two, 1)).toBe('3d_fullres');
  expect(await configuration(flat, 0)).toBe('2d');
  files.network.inputChannels = 2;
  expect(await configuration(two, 1)).toBe('3d_cascade_fullres');
  expect(await configuration(flat, 0)).toBe('2d');
});

it('mirrors along all axes of the patch, unless the trainer never did', async () => {
  const axes = async (name: string, plans: object = one) => (await read(name, plans, init(0))).mirrorAxes;
  expect(await axes('nnUNetTrainerV2')).toEqual([0, 1, 2]);
  expect(await axes('nnUNetTrainerV2', flat)).toEqual([0, 1]);
  for (const name of ['nnUNetTrainerV2_noMirroring', 'nnUNetTrainerV2_noDataAugmentation', 'nnUNetTrainerNoDA'])
    expect(await axes(name)).toEqual([]);
});

it('knows the trainers of regions', async () => {
  const kind = async (name: string) => {
    const { nonlinearity, regionClassOrder } = await read(name, one, init(0));
    return [nonlinearity, regionClassOrder];
  };
  expect(await kind('nnUNetTrainerV2')).toEqual(['softmax', null]);
  expect(await kind('nnUNetTrainerV2BraTSRegions')).toEqual(['sigmoid', [1, 2, 3]]);
  expect(await kind('nnUNetTrainerV2BraTSRegions_DA3_BN')).toEqual(['sigmoid', [1, 2, 3]]);
  expect(await kind('nnUNetTrainerV2BraTSRegions_BN')).toEqual(['softmax', null]);
});

it('refuses settings that do not say what the model is', async () => {
  for (const content of [null, 7, [1]]) expect(await message(content)).toMatch(/m\.model\.pkl: contains no dictionary/);
  for (const content of [{ name: 7, init: [] }, { name: 'a' }])
    expect(await message({ ...content, plans: one })).toMatch(/contains no trainer \("name" and "init"\)/);
  const of = (plans: object, stage: unknown) => message({ name: 'a', init: init(stage), plans });
  expect(await of(two, null)).toMatch(/does not say to which of the stages 0, 1/);
  expect(await of(two, 2)).toMatch(/belongs to stage 2, which its plans do not have/);
  expect(await of(two, '1')).toMatch(/belongs to stage "1", which/);
});

it('takes an unknown trainer where its outputs are the labels of the plans, and closes the file in any case', async () => {
  files.known = false;
  files.closed = 0;
  expect((await read('Mine', one, init(0))).trainer).toBe('Mine');
  files.network.classes = 4;
  const refused = read('Mine', one, init(0));
  await expect(refused).rejects.toMatchObject({
    tag: 'unknown-trainer',
    message: expect.stringContaining('trained by Mine'),
  });
  files.known = true;
  await read('nnUNetTrainerV2', one, init(0));
  expect(files.closed).toBe(3);
});
