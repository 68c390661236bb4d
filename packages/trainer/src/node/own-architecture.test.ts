import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Expression } from '@nnunet/autodiff';
import { concat } from '@nnunet/autodiff/operators';
import { readCheckpointWeights, readModelFolder } from '@nnunet/inference/node/internal';
import { Architecture, buildInference, type Layers, shippedArchitectures } from '@nnunet/network';
import { writeNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { readLabels } from '@nnunet/volume/node';
import { beforeAll, expect, it } from 'vitest';
import { nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes } from '../default-trainer-v1.ts';
import { shippedTrainers } from '../trainer-registry.ts';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
import { type TrainOptions, train } from './train.ts';
import { validateFold } from './validate-fold.ts';

/** A small U-Net of its own names. */
class SmallNet extends Architecture {
  override outputs(x: Expression, layers: Layers): Expression[] {
    const { features, pools, classes } = this.settings;
    const skips = [layers.block(x, { name: 'down0', outputs: features[0]! })];
    for (const [i, stride] of pools.entries()) {
      skips.push(layers.block(skips.at(-1)!, { name: `down${i + 1}`, outputs: features[i + 1]!, stride }));
    }
    let y = layers.dropout(skips.pop()!, 0.2);
    const outputs: Expression[] = [];
    for (const [i, skip] of [...skips.entries()].reverse()) {
      const up = layers.up(y, { name: `up${i}`, outputs: features[i]!, kernel: pools[i]! });
      y = layers.block(concat([up, skip], 1), { name: `join${i}`, outputs: features[i]! });
      outputs.unshift(layers.convolution(y, { name: `head${i}`, outputs: classes }));
    }
    return outputs;
  }
}

class SmallTrainer extends nnUNetTrainerV2 {
  override networkVariant() {
    return { architecture: 'SmallNet', norm: 'batch' } as const;
  }
}

const plans = tinyPlans([8, 8]);
const root = temporaryFolder();
beforeAll(() => writeTinyTask(join(root, 'preprocessed'), [0, 1]));

function options(model: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...tinyFold(root, model),
    plans,
    configuration: '2d',
    trainer: 'SmallTrainer',
    trainers: shippedTrainers.with(SmallTrainer),
    architectures: shippedArchitectures.with(SmallNet),
    settings: { epochs: 2, iterationsPerEpoch: 3, initialLearningRate: 0.005 },
    workers: 0,
    ...more,
  };
}

const finalOf = (model: string) =>
  readCheckpointWeights(join(root, model, 'fold_0/model_final_checkpoint.safetensors'));

it('trains by name, goes on after a break, and predicts from the model file alone', async () => {
  await train(options('whole'));
  const controller = new AbortController();
  const { result } = await train(
    options('broken', {
      signal: controller.signal,
      onProgress: ({ epoch, iteration }) => {
        if (epoch === 2 && iteration === 1) controller.abort();
      },
    }),
  );
  expect(result).toBe('interrupted');
  await train(options('broken', { continueTraining: true, settings: {} }));
  const weights = await finalOf('whole');
  expect(await finalOf('broken')).toEqual(weights);
  expect([...weights.keys()].slice(0, 3)).toEqual(['down0.conv.weight', 'down0.conv.bias', 'down0.norm.weight']);

  const { description } = await readModelFolder(join(root, 'whole'));
  expect(description.network.architecture).toBe('SmallNet');
  const { outputs } = buildInference({ description: description.network, weights, patchSize: [8, 8], batchSize: 1 });
  expect(outputs.output!.shape).toEqual([1, 3, 8, 8]);
});

it('starts from pretrained weights of the same network', async () => {
  const pretrainedWeights = await finalOf('whole');
  const settings = { epochs: 1, iterationsPerEpoch: 1, initialLearningRate: 1e-9 };
  await train(options('pretrained', { pretrainedWeights, settings }));
  const weights = await finalOf('pretrained');
  const moved = (name: string) =>
    weights.get(name)!.data.map((v, i) => Math.abs(v - pretrainedWeights.get(name)!.data[i]!));
  expect(Math.max(...moved('down1.conv.weight'), ...moved('up0.weight'))).toBeLessThan(1e-6);
});

it('is chosen by the plans, unless the trainer names another architecture', async () => {
  const planned = { ...plans, architecture: 'SmallNet' };
  const settings = { epochs: 1, iterationsPerEpoch: 1 };
  await train(options('planned', { plans: planned, trainer: 'nnUNetTrainerV2', settings }));
  expect([...(await finalOf('planned')).keys()]).toContain('join0.conv.weight');
  class UsualTrainer extends nnUNetTrainerV2 {
    override networkVariant() {
      return { architecture: 'Generic_UNet' } as const;
    }
  }
  const trainers = shippedTrainers.with(UsualTrainer);
  await train(options('usual', { plans: planned, trainer: 'UsualTrainer', trainers, settings }));
  expect([...(await finalOf('usual')).keys()]).toContain('seg_outputs.0.weight');
});

it('loses nothing if the architecture is not known', async () => {
  const start = train(options('unknown', { architectures: shippedArchitectures }));
  await expect(start).rejects.toThrow('there is no architecture called SmallNet');
  expect(await readdir(root)).not.toContain('unknown');
  const again = train(options('whole', { continueTraining: true, architectures: shippedArchitectures }));
  const before = await readFile(join(root, 'whole/fold_0/model_final_checkpoint.safetensors'));
  await expect(again).rejects.toThrow('there is no architecture called SmallNet');
  expect(await readFile(join(root, 'whole/fold_0/model_final_checkpoint.safetensors'))).toEqual(before);
});

it('is the second stage of a cascade, which also sees the labels of the first', async () => {
  const one = tinyPlans([4, 8, 8], { poolings: 1 });
  const two = {
    ...one,
    num_stages: 2,
    plans_per_stage: { '0': one.plans_per_stage['0'], '1': one.plans_per_stage['0'] },
  };
  class SmallCascade extends nnUNetTrainerV2CascadeFullRes {
    override networkVariant() {
      return { architecture: 'SmallNet' };
    }
  }
  const previousStageFolder = join(root, 'previous');
  await mkdir(previousStageFolder);
  for (let id = 0; id < 5; id++) {
    const data = Uint8Array.from({ length: 6 * 12 * 10 }, (_, i) => (i + id) % 3);
    await writeNpzFile(join(previousStageFolder, `case_${id}_segFromPrevStage.npz`), {
      data: { data, shape: [6, 12, 10] },
    });
  }
  const cascade = {
    ...{ plans: two, configuration: '3d_cascade_fullres' as const, previousStageFolder },
    ...{ trainer: 'SmallCascade', trainers: shippedTrainers.with(SmallCascade) },
    settings: { epochs: 1, iterationsPerEpoch: 1, validationIterationsPerEpoch: 1 },
  };
  await train(options('cascade', cascade));
  // One image, and two labels.
  expect((await finalOf('cascade')).get('down0.conv.weight')!.shape).toEqual([4, 3, 3, 3, 3]);
  const fold = { ...tinyFold(root, 'cascade'), previousStageFolder, mirroring: false, workers: 1 };
  const { folder, summary } = await validateFold(fold);
  expect(summary!.results.all).toHaveLength(1);
  const labels = async () => (await readLabels(join(folder, 'case_0.nii.gz'))).data;
  const first = await labels();
  expect(first).toHaveLength(6 * 12 * 10);
  // Other labels of the first stage change the prediction.
  const data = new Uint8Array(6 * 12 * 10).fill(2);
  await writeNpzFile(join(previousStageFolder, 'case_0_segFromPrevStage.npz'), { data: { data, shape: [6, 12, 10] } });
  await validateFold(fold);
  expect(await labels()).not.toEqual(first);
});
