import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { bytesInWords } from '@nnunet/errors/internal';
import { Architecture, describeNetwork, estimateStepMemory, type Layers, shippedArchitectures } from '@nnunet/network';
import { createPlanner } from '@nnunet/planner';
import { type Plans, resolveRoots } from '@nnunet/schema';
import { writePlans } from '@nnunet/store';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { explainTask } from './explain-task.ts';

const roots = resolveRoots({ root: temporaryFolder(), env: {} });
const folder = join(roots.preprocessed!, 'Task007_Made');
let count = 0;
let identifier: string;
beforeEach(() => {
  mkdirSync(folder, { recursive: true });
  identifier = `P${count++}`;
});

async function store(dimensions: '2D' | '3D', plans: Plans): Promise<string> {
  const file = join(folder, `${identifier}_plans_${dimensions}.json`);
  await writePlans(file, plans);
  return file;
}
const explain = (picture?: string) => explainTask({ roots, task: '7', plansIdentifier: identifier, picture });

/** The texts of a drawing of the networks. */
async function drawn(): Promise<string[]> {
  const picture = join(folder, 'a.SVG');
  await explain(picture);
  return [...readFileSync(picture, 'utf8').matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
}

/** Two resolutions, of which the second has flat kernels and strides. */
function twoStages(): Plans {
  const plans = tinyPlans([8, 8, 8]);
  const lowres = plans.plans_per_stage[0];
  const fullres = {
    ...lowres,
    batch_size: 3,
    patch_size: [8, 16, 16],
    current_spacing: [3, 1.23456, 1.2],
    num_pool_per_axis: [1, 2, 2],
    pool_op_kernel_sizes: [
      [1, 2, 2],
      [2, 2, 2],
    ],
    conv_kernel_sizes: [
      [1, 3, 3],
      [3, 3, 1],
      [3, 3, 3],
    ],
  };
  return { ...plans, num_stages: 2, plans_per_stage: { 0: lowres, 1: fullres } };
}

it("counts values by hand as v1's estimate does, with its limits of channels", async () => {
  const flat = { ...tinyPlans([512, 512], { poolings: 1 }), base_num_features: 512 };
  const deep = { ...tinyPlans([128, 128, 128], { poolings: 1 }), base_num_features: 320 };
  const files = [await store('3D', deep), await store('2D', flat)];
  const text = await explain();
  for (const file of files) expect(text.split('\n')).toContain(file);
  expect(text.indexOf(files[0]!)).toBeLessThan(text.indexOf(files[1]!));
  // 2 + 2 + 1 maps at the top, input and 3 classes; 2 at the bottom, of no more than 320 and 512 channels.
  const top = (voxels: number, features: number) => voxels * (5 * features + 1 + 3);
  const million = (n: number) => `${(n / 1e6).toFixed(1)} million`;
  for (const values of [top(128 ** 3, 320) + 2 * 64 ** 3 * 320, top(512 ** 2, 512) + 2 * 256 ** 2 * 512])
    expect(text).toContain(`own memory: ${million(values)} values per patch, ${million(2 * values)} per batch.`);
  expect(text).toMatch(/Memory of 3d_fullres, batch 2:[\s\S]*Memory of 2d, batch 2:/);
});

it('tells the memory of every network that can be trained', async () => {
  const plans = twoStages();
  await store('3D', plans);
  const lines = (await explain()).split('\n');
  const stages = { '3d_lowres': 0, '3d_fullres': 1, '3d_cascade_fullres': 1 };
  for (const [configuration, index] of Object.entries(stages)) {
    const { patch_size, batch_size } = plans.plans_per_stage[index]!;
    const at = lines.indexOf(`Memory of ${configuration}, batch ${batch_size}:`);
    const inputChannels = configuration === '3d_cascade_fullres' ? 3 : 1;
    const memory = estimateStepMemory(describeNetwork(plans, index, { inputChannels }), patch_size, batch_size);
    expect(lines[at + 2]).toContain(
      `about ${bytesInWords(memory.total)}, of which weights ${bytesInWords(memory.weights)}, momenta`,
    );
  }
  // Input, and for the cascade the two labels of the stage before.
  expect(await drawn()).toEqual(expect.arrayContaining(['MRI', 'MRI and 2 labels of 3d_lowres', '3 classes']));
});

it('draws each network with its sizes, kernels and strides', async () => {
  await store('3D', twoStages());
  const texts = await drawn();
  const from = texts.indexOf('3d_fullres: patch 8 × 16 × 16, batch 3');
  const own = texts.slice(from, texts.indexOf('3d_cascade_fullres: patch 8 × 16 × 16, batch 3'));
  expect(own.slice(1, -2)).toEqual([
    'MRI',
    '4 features, 8 × 16 × 16',
    '2 convolutions, kernel 1 × 3 × 3',
    '4 features, 8 × 16 × 16',
    // The decoder has the kernels of the level below.
    '2 convolutions, kernel 3 × 3 × 1',
    'up 1 × 2 × 2',
    '8 features, 8 × 8 × 8',
    '2 convolutions, kernel 3 × 3 × 1',
    'stride 1 × 2 × 2',
    '8 features, 8 × 8 × 8',
    '2 convolutions, kernel 3 × 3 × 3',
    'up 2 × 2 × 2',
    '16 features, 4 × 4 × 4',
    '2 convolutions, kernel 3 × 3 × 3',
    'stride 2 × 2 × 2',
    '3 classes',
  ]);
  expect(own.at(-2)).toContain('spacing 3 × 1.235 × 1.2 mm');
});

it('draws residual blocks, and decoders with kernels and convolutions of their own', async () => {
  const plans = twoStages();
  const stage = {
    ...plans.plans_per_stage[1]!,
    pool_op_kernel_sizes: [
      [1, 1, 1],
      [1, 2, 2],
      [2, 2, 2],
    ],
    num_blocks_encoder: [1, 2, 3],
    num_blocks_decoder: [4, 1],
  };
  await store('3D', { ...plans, num_stages: 1, plans_per_stage: { 0: stage } });
  const details = (await drawn()).filter((text) => /kernel/.test(text));
  expect(details).toEqual([
    '1 residual block, kernel 1 × 3 × 3',
    '1 convolution, kernel 1 × 3 × 3',
    '2 residual blocks, kernel 3 × 3 × 1',
    '4 convolutions, kernel 3 × 3 × 1',
    '3 residual blocks, kernel 3 × 3 × 3',
  ]);
  expect(await explain()).not.toContain("v1's estimate");
});

it('gives reasons where the planner is known', async () => {
  const fingerprint = {
    all_sizes: [[60, 70, 65]],
    all_spacings: [[1, 1, 1]],
    all_classes: [1],
    modalities: { 0: 'MRI' },
    intensityproperties: null,
    size_reductions: { a: 1 },
  };
  const plans = createPlanner(fingerprint).plan();
  await store('3D', plans);
  expect(await explain()).not.toMatch(/Why batch/);
  identifier = 'nnUNetPlansv2.1';
  await store('3D', plans);
  expect(await explain()).toMatch(/Why batch/);
});

it('draws a PNG twice as large, of plans of v1 too, and names what is missing', async () => {
  const png = join(folder, 'a.png');
  await expect(explain(png)).rejects.toMatchObject({ tag: 'missing-plans', where: folder });
  await store('2D', tinyPlans([16, 16]));
  await explain(png);
  expect(readFileSync(png).readUInt32BE(16)).toBe(2 * 1080);
  for (const picture of ['a.bmp', 'a.png.txt']) await expect(explain(picture)).rejects.toMatchObject({ tag: 'usage' });
  renameSync(join(folder, `${identifier}_plans_2D.json`), join(folder, `${identifier}_plans_2D.pkl`));
  await expect(explain()).rejects.not.toMatchObject({ tag: 'missing-plans' });
});

it('explains plans for an architecture of your own, as far as its plug-in is there', async () => {
  class Single extends Architecture {
    override outputs(x: Parameters<Architecture['outputs']>[0], layers: Layers) {
      return this.settings.pools.map((_, i) => layers.convolution(x, { name: `head${i}`, outputs: 3, stride: 2 ** i }));
    }
  }
  await store('3D', { ...tinyPlans([8, 8, 8]), architecture: 'Single' });
  const extensions = { architectures: shippedArchitectures.with(Single) };
  const text = await explainTask({ roots, task: '7', plansIdentifier: identifier, extensions });
  expect(text).toContain('The plans name the architecture Single.');
  // Two heads of three classes, each with a bias.
  expect(text).toContain(`Single: ${((2 * (3 + 3)) / 1e6).toFixed(2)} million parameters.`);
  expect(text).not.toContain("v1's estimate");
  expect(await explain()).toContain(
    'Memory: unknown, because there is no architecture called Single. Load its plug-in to see it.',
  );
});
