import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pickleToJson, readPickle } from '@nnunet/pickle';
import type { Plans } from '@nnunet/schema';
import type { Tensor } from '@nnunet/tensor';
import type { TorchTensor } from '@nnunet/torch-checkpoint';
import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import { describe, expect, it } from 'vitest';
import { difference, evaluate, factoryOf, greatest, lowerings, readArrays } from '../test/goldens.ts';
import { hashed } from '../test/variants.ts';
import { type DatasetJsonV2, describeNetworkV2 } from './describe-v2.ts';
import { describeV1Model, matchV1Weights } from './import-v1.ts';
import { matchV2Weights } from './import-v2.ts';
import { importMomenta } from './import-weights.ts';
import { buildInference } from './inference-graph.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Parameters } from './parameters.ts';
import type { PlansV2 } from './plans-v2.ts';

const models = fileURLToPath(new URL('../../../../shared/golden/models/', import.meta.url));
const readJson = <T>(file: string) => JSON.parse(readFileSync(models + file, 'utf8')) as T;

interface Model {
  description: NetworkDescription;
  weights: Parameters;
}

async function readAll(tensors: ReadonlyMap<string, TorchTensor>): Promise<Parameters> {
  const weights: Parameters = new Map();
  for (const [name, t] of tensors) weights.set(name, { data: (await t.read()) as Float32Array, shape: t.shape });
  return weights;
}

async function readV1(folder: string): Promise<Model & { optimizer: Map<string, unknown> }> {
  const file = await openTorchFile(`${models}v1/nnUNet/${folder}/fold_0/model_final_checkpoint.model`);
  const value = file.value as Map<string, unknown>;
  const stateDict = value.get('state_dict') as Map<string, TorchTensor>;
  const pickle = readFileSync(`${models}v1/nnUNet/${folder}/fold_0/model_final_checkpoint.model.pkl`);
  const { name, init, plans } = pickleToJson(readPickle(pickle)) as unknown as {
    name: string;
    init: unknown[];
    plans: Plans;
  };
  const stage = Number(init[5] ?? Object.keys(plans.plans_per_stage)[0]);
  const { description, known } = describeV1Model({ plans, stage, trainer: name, stateDict });
  expect(known).toBe(true);
  const weights = await readAll(matchV1Weights(stateDict, description, name));
  const optimizer = new Map<string, unknown>();
  const state = (value.get('optimizer_state_dict') as Map<string, unknown> | null)?.get('state');
  for (const [index, entry] of (state as Map<number, Map<string, TorchTensor | null>> | undefined) ?? []) {
    const buffer = entry.get('momentum_buffer');
    if (buffer) optimizer.set(String(index), { data: await buffer.read(), shape: buffer.shape });
  }
  await file.close();
  return { description, weights, optimizer };
}

async function readV2(folder: string): Promise<Model> {
  const file = await openTorchFile(`${models}v2/${folder}/fold_0/checkpoint_final.pth`);
  const value = file.value as Map<string, unknown>;
  const [plans, dataset] = [
    readJson<PlansV2>(`v2/${folder}/plans.json`),
    readJson<DatasetJsonV2>(`v2/${folder}/dataset.json`),
  ];
  const trainer = value.get('trainer_name') as string;
  const description = describeNetworkV2(plans, '3d_fullres', dataset, { trainer });
  const matched = matchV2Weights(value.get('network_weights') as Map<string, TorchTensor>, description);
  const weights = await readAll(matched);
  await file.close();
  return { description, weights };
}

const v1 = (folder: string) => () => readV1(folder);
const cases: Record<string, { read: () => Promise<Model>; size: number[] }> = {
  v1_hippocampus: {
    read: v1('3d_fullres/Task004_Hippocampus/nnUNetTrainerV2__nnUNetPlansv2.1'),
    size: [16, 16, 16],
  },
  v1_ct_2d: { read: v1('2d/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1'), size: [16, 8] },
  v1_ct_cascade: {
    read: v1('3d_cascade_fullres/Task103_CT/nnUNetTrainerV2CascadeFullRes__nnUNetPlansv2.1'),
    size: [8, 8, 8],
  },
  v2_plain: { read: () => readV2('nnUNetTrainer__nnUNetPlans__3d_fullres'), size: [16, 16, 16] },
  v2_residual: { read: () => readV2('nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres'), size: [16, 16, 16] },
};

// Skipped where the trained models are not beside the repository: they are large.
describe.skipIf(!existsSync(models)).each(Object.entries(cases))('trained model %s', (name, { read, size }) => {
  it('has the logits of PyTorch', async () => {
    const { description, weights } = await read();
    const data = hashed(77, description.inputChannels * size.reduce((a, b) => a * b));
    const expected = (await readArrays('checkpoint_logits.npz')).get(name)!.data;
    for (const lowering of lowerings) {
      const options = { description, weights, patchSize: size, batchSize: 1, nonlinearity: 'none' } as const;
      const factory = factoryOf(lowering);
      const { output } = await evaluate(buildInference(options).outputs, { data }, { lowering: factory });
      const own = output!.filter((_, i) => i % 11 === 0);
      expect(difference(own, expected), lowering).toBeLessThan(5e-5 * Math.max(1, greatest(expected)));
    }
  });
});

it.skipIf(!existsSync(models))('reads the momenta of an optimizer by the number of the parameter', async () => {
  const { description, weights, optimizer } = await readV1('2d/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1');
  const buffers = new Map([...optimizer].map(([index, t]) => [Number(index), t as Tensor]));
  expect(buffers.size).toBeGreaterThan(10);
  const momenta = importMomenta(buffers, description);
  expect([...momenta.keys()]).toEqual([...weights.keys()]);
  // The head of the lowest resolution is never trained.
  expect(greatest(momenta.get('seg_outputs.0.weight')!.data)).toBe(0);
  expect(greatest(momenta.get('seg_outputs.2.weight')!.data)).toBeGreaterThan(0);
});
