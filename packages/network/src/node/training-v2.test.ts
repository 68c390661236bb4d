import { existsSync, readFileSync } from 'node:fs';
import { multiply } from '@nnunet/autodiff/operators';
import type { Tensor } from '@nnunet/tensor';
import { readNpzFile } from '@nnunet/tensor/node';
import { describe, expect, it } from 'vitest';
import { difference, evaluateLoss, greatest, lowerings } from '../../test/goldens.ts';
import { describeNetworkV2 } from '../describe-v2.ts';
import { diceAndBinaryCrossEntropy, diceAndCrossEntropy, type Loss } from '../loss.ts';
import { outputShapes } from '../network-description.ts';
import { parameterShapes } from '../parameters.ts';
import type { ArchitectureV2 } from '../plans-v2.ts';
import { TrainingSession } from './training-session.ts';

const folder = new URL('../../../../../shared/golden/v2/network/', import.meta.url);
const present = existsSync(folder);

interface CaseV2 {
  architecture: ArchitectureV2;
  input_channels: number;
  labels: Record<string, number | number[]>;
  regions_class_order: number[] | null;
  ignore_label: number | null;
  batch_dice: boolean;
  deep_supervision_weights: number[];
  loss_before_each_step: number[];
  gradient_norm_before_clipping: number[];
  without_gradient: string[];
  clipped_variant: { loss_scale: number; gradient_norm_before_clipping: number[] } | null;
  parameters_in_order: { name: string; shape: number[] }[];
}

async function readCase(name: string) {
  const json = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as CaseV2;
  const arrays = await readNpzFile(new URL(`${name}.npz`, folder).pathname);
  const all = (prefix: string) =>
    new Map(
      [...arrays].flatMap(
        ([key, { data, shape }]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), { data: Float32Array.from(data as Float32Array), shape }]] : [], // biome-ignore format: a row
      ),
    ) as Map<string, Tensor>;
  const input = all('input').get('')!;
  const [batchSize, , ...patchSize] = input.shape as [number, number, ...number[]];
  const channel_names = Object.fromEntries(Array.from({ length: json.input_channels }, (_, c) => [c, `c${c}`]));
  const plans = { configurations: { it: { patch_size: patchSize, architecture: json.architecture } } };
  const { labels, regions_class_order } = json;
  const description = describeNetworkV2(plans, 'it', {
    channel_names,
    labels,
    ...(regions_class_order && { regions_class_order }),
  });
  const dice = { batchDice: json.batch_dice, smooth: 1e-5, denominator: 'least' } as const;
  const loss =
    regions_class_order === null
      ? diceAndCrossEntropy({ ...dice, ignoreLabel: json.ignore_label ?? undefined })
      : diceAndBinaryCrossEntropy({ ...dice, ignore: json.ignore_label !== null });
  const numbered = (prefix: string) => [...all(prefix)].filter(([key]) => /^\d$/.test(key)).map(([, tensor]) => tensor);
  return {
    json,
    all,
    input,
    weights: all('w.'),
    targets: numbered('target'),
    outputs: numbered('output'),
    options: { description, patchSize, batchSize, loss },
  };
}

const networks = ['plain_3d', 'plain_3d_two_stages', 'plain_3d_aniso', 'plain_2d', 'resenc_3d', 'resenc_3d_aniso', 'resenc_2d']; // biome-ignore format: a row

describe.skipIf(!present).each(networks)('%s of nnU-Net 2.8.1 (needs ../shared/golden)', (name) => {
  it('has its parameters and outputs, in order', async () => {
    const { json, options, outputs } = await readCase(name);
    expect(parameterShapes(options.description)).toEqual(json.parameters_in_order.map(({ name, shape }) => ({ name, shape }))); // biome-ignore format: a row
    const shapes = outputShapes(options.description, options.patchSize, options.batchSize);
    expect(shapes).toEqual(outputs.map(({ shape }) => shape));
  });

  // The blocked form of one network of each kind.
  const forms = lowerings.filter((form) => form === 'plain' || ['plain_2d', 'resenc_3d_aniso'].includes(name));
  it.each(forms)('computes the same outputs and gradients, %s', async (lowering) => {
    const golden = await readCase(name);
    const { json, all, outputs, options } = golden;
    const { values: out, gradients } = await evaluateLoss(options, golden, lowering);
    expect(Math.abs(out.loss![0]! - json.loss_before_each_step[0]!)).toBeLessThan(4e-6);
    for (const [i, { data }] of outputs.entries()) expect(difference(out[`output${i}`]!, data)).toBeLessThan(1e-4);
    const reference = [...all('g.')].filter(([p]) => !json.without_gradient.includes(p));
    expect(new Set(reference.map(([p]) => p))).toEqual(new Set(gradients.keys()));
    const overall = Math.max(...reference.map(([, { data }]) => greatest(data)));
    for (const [p, { data }] of reference)
      expect(difference(gradients.get(p)!, data), p).toBeLessThan(5e-5 * greatest(data) + 1e-6 * overall);
  });

  it.each(['a.', 'c.'])('has the same weights after three steps, %s', async (prefix) => {
    const { json, all, input, weights, targets, options } = await readCase(name);
    const clipped = prefix === 'c.' ? json.clipped_variant : null;
    const scale = clipped?.loss_scale ?? 1;
    const norms = (clipped ?? json).gradient_norm_before_clipping;
    const expected = all(prefix);
    if (prefix === 'c.' && json.clipped_variant === null) return;
    const loss: Loss = { ...options.loss, value: (sums, count) => multiply(scale, options.loss.value(sums, count)) };
    const session = await TrainingSession.create({ ...options, loss, weights, seed: 1 });
    const batch = { data: input.data, targets: targets.map((t) => Uint8Array.from(t.data)) };
    for (const norm of norms) {
      const { gradientNorm } = await session.step(batch, 0.01);
      expect(Math.abs(gradientNorm - norm)).toBeLessThan(1e-4 * norm);
    }
    const after = await session.weights();
    await session.dispose();
    for (const [p, { data }] of expected) expect(difference(after.get(p)!.data, data), p).toBeLessThan(2e-6);
    expect(expected.size).toBe(json.parameters_in_order.length);
  });
});
