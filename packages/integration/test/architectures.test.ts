import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeNetwork, outputShapes } from '@nnunet/network';
import { TrainingSession } from '@nnunet/network/node';
import { loadExtensions } from '@nnunet/pipeline';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import { temporaryFolder } from '@nnunet/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { demoTask, expectSuccess, installExample, prepareDemo, repository, runCommand } from './commands.ts';

const examples = join(repository, 'docs/examples/architectures');
const files = readdirSync(examples).filter((name) => name.endsWith('.mjs'));
const mine = installExample('architectures', temporaryFolder());
const page = readFileSync(join(repository, 'docs/extending_nnunet.md'), 'utf8');

/** The only architecture of a module, and its trainer. */
const namesIn = (file: string) =>
  [/class (\w+) extends Architecture/, /class (\w+) extends nnUNetTrainerV2/].map(
    (pattern) => pattern.exec(readFileSync(join(examples, file), 'utf8'))![1]!,
  ) as [string, string];

describe.each(files)('docs/examples/architectures/%s', (file) => {
  const [architecture] = namesIn(file);

  it.each([2, 3])('learns in %i dimensions, in plain and in blocked form alike', async (dimension) => {
    const { architectures } = await loadExtensions([join(mine, file)]);
    const axes = Array.from({ length: dimension });
    const patchSize = axes.map(() => 16);
    const description = describeNetwork(
      {
        num_modalities: 2,
        num_classes: 2,
        base_num_features: 16,
        conv_per_stage: 2,
        plans_per_stage: {
          0: {
            patch_size: patchSize,
            pool_op_kernel_sizes: [axes.map(() => 2), axes.map((_, i) => (i === 0 ? 1 : 2))],
            conv_kernel_sizes: [axes.map((_, i) => (i === 0 ? 1 : 3)), axes.map(() => 3), axes.map(() => 3)],
          } as never,
        },
      },
      0,
      { architectures, variant: { architecture } },
    );
    const noise = (shape: readonly number[], of: string) =>
      counterRandom(of).fillNormal(new Float32Array(sizeOf(shape)));
    const data = noise([2, 2, ...patchSize], 'data');
    const targets = outputShapes(description, patchSize, 2).map(([samples, , ...size]) =>
      noise([samples, ...size], 'labels').map((value) => (value > 1 ? 2 : value > 0 ? 1 : 0)),
    );
    const losses: Record<string, number[]> = {};
    for (const lowering of ['plain', 'blocked'] as const) {
      const options = { description, patchSize, batchSize: 2, batchDice: false, seed: 1, lowering };
      const session = await TrainingSession.create(options);
      losses[lowering] = [];
      for (let step = 0; step < 3; step++) losses[lowering].push((await session.step({ data, targets }, 0.01)).loss);
      await session.dispose();
    }
    const [first, , last] = losses.plain as [number, number, number];
    expect(last).toBeLessThan(first);
    losses.plain!.forEach((loss, i) => {
      expect(losses.blocked![i]).toBeCloseTo(loss, 4);
    });
  });
});

describe('an architecture of a plug-in', () => {
  const root = temporaryFolder();
  const images = temporaryFolder();

  beforeAll(() => {
    prepareDemo(root, '-pl2d', 'None');
    const [name] = readdirSync(join(demoTask, 'imagesTs'));
    cpSync(join(demoTask, 'imagesTs', name!), join(images, name!.replace('.nii.gz', '_0000.nii.gz')));
  }, 120_000);

  it.each(files)('of %s is trained, predicts and is exported without the plug-in', (file) => {
    const [, trainer] = namesIn(file);
    const model = ['-m', '3d_fullres', '-t', '4', '-tr', trainer, '-f', '0', '--root', root];
    expectSuccess(
      runCommand('nnUNet_train', [
        ...['3d_fullres', trainer, '4', '0', '--root', root, '--plugin', join(mine, file), '--batch_size', '1'],
        ...['--epochs', '1', '--iterations_per_epoch', '1', '--val_iterations_per_epoch', '1'],
        '--disable_validation_inference',
      ]),
    );
    const [labels, exported] = [temporaryFolder(), temporaryFolder()];
    expectSuccess(runCommand('nnUNet_predict', ['-i', images, '-o', labels, ...model, '--disable_tta']));
    expect(readdirSync(labels).filter((name) => name.endsWith('.nii.gz'))).toHaveLength(1);
    expectSuccess(runCommand('nnUNet_export_onnx', ['-o', exported, ...model]));
    expect(readdirSync(exported)).toEqual(['fold_0.onnx', 'manifest.json']);
  });
}, 120_000);

it('docs/extending_nnunet.md shows an architecture that runs', () => {
  expect(page).toContain(`\`\`\`js\n${readFileSync(join(examples, 'attention-unet.mjs'), 'utf8')}\`\`\``);
});
