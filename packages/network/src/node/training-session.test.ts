import { sizeOf } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import {
  difference,
  evaluateLoss,
  folderOf,
  greatest,
  lowerings,
  type NetworkCase,
  networkCases,
  readNetworkCase,
} from '../../test/goldens.ts';
import { diceAndBinaryCrossEntropy, diceAndCrossEntropy } from '../loss.ts';
import { outputShapes } from '../network-description.ts';
import { TrainingSession } from './training-session.ts';

/** Differences of all parameters, each in units of what is allowed: see the fixtures' README. */
function worstOf(
  own: Map<string, ArrayLike<number>>,
  reference: NetworkCase['weights'],
): { name: string; ratio: number } {
  const overall = Math.max(...[...reference.values()].map((t) => greatest(t.data)));
  let worst = { name: '', ratio: 0 };
  for (const [name, { data }] of reference) {
    const ratio = difference(own.get(name)!, data) / (1e-4 * greatest(data) + 1e-6 * overall);
    if (Number.isNaN(ratio)) return { name, ratio };
    if (ratio > worst.ratio) worst = { name, ratio };
  }
  return worst;
}

describe.each(networkCases)('%s', (name) => {
  describe.each(lowerings)('%s', (lowering) => {
    it.skipIf(!folderOf(`${name}.json`))('computes the outputs and gradients of v1', async () => {
      const golden = await readNetworkCase(name);
      const { description, input } = golden;
      const [batchSize, , ...patchSize] = input.shape;
      const loss = diceAndCrossEntropy({ batchDice: golden.batchDice });
      const options = { description, patchSize, batchSize, loss };
      const { values: out, gradients } = await evaluateLoss(options, golden, lowering);
      expect(Math.abs(out.loss![0]! - golden.losses[0]!)).toBeLessThan(1e-5);
      expect(golden.outputs.length).toBeGreaterThan(0);
      golden.outputs.forEach((reference, i) => {
        expect(difference(out[`output${i}`]!, reference.data), `output${i}`).toBeLessThan(
          1e-4 * greatest(reference.data),
        );
      });
      const reference = new Map([...golden.gradients].filter(([p]) => !golden.withoutGradient.includes(p)));
      expect([...gradients.keys()]).toEqual([...reference.keys()]);
      const worst = worstOf(gradients, reference);
      expect(worst.ratio, worst.name).toBeLessThan(1);
    });

    it.skipIf(!folderOf(`${name}.json`))('has the weights of v1 after three steps', async () => {
      const { description, input, targets, weights, batchDice, losses, norms, after } = await readNetworkCase(name);
      const [batchSize, , ...patchSize] = input.shape;
      const session = await TrainingSession.create({ description, patchSize, batchSize, batchDice, weights, lowering });
      for (const [i, loss] of losses.entries()) {
        const result = await session.step({ data: input.data, targets: targets.map((t) => t.data) }, 0.01);
        expect(Math.abs(result.loss - loss)).toBeLessThan(2e-5);
        expect(Math.abs(result.gradientNorm / norms[i]! - 1)).toBeLessThan(1e-4);
      }
      const own = await session.weights();
      expect([...own.keys()]).toEqual([...weights.keys()]);
      const worst = worstOf(new Map([...own].map(([key, t]) => [key, t.data])), after);
      expect(worst.ratio, worst.name).toBeLessThan(1);
      await session.dispose();
    });
  });
});

describe('a session', () => {
  it.each(lowerings)('goes on from weights and momenta as if it had not stopped, %s', async (lowering) => {
    const { description, input, targets, weights } = await readNetworkCase('2d');
    const [batchSize, , ...patchSize] = input.shape;
    const batch = { data: input.data, targets: targets.map((t) => Uint8Array.from(t.data)) };
    const options = { description, patchSize, batchSize, batchDice: true, lowering };
    const first = await TrainingSession.create({ ...options, weights });
    await first.step(batch, 0.02);
    const second = await TrainingSession.create({
      ...options,
      weights: await first.weights(),
      momenta: await first.momenta(),
    });
    const [a, b] = [await first.step(batch, 0.01), await second.step(batch, 0.01)];
    expect(b).toEqual(a);
    expect(await second.weights()).toEqual(await first.weights());
    expect(await second.momenta()).toEqual(await first.momenta());
    first.load({ weights });
    expect(await first.weights()).toEqual(weights);
    await Promise.all([first.dispose(), second.dispose()]);
  });

  it('counts voxels of the full-resolution output, and changes nothing', async () => {
    const { description, input, targets, weights, outputs, losses, batchDice } = await readNetworkCase('3d');
    const [batchSize, , ...patchSize] = input.shape;
    const batch = { data: input.data, targets: targets.map((t) => t.data) };
    const session = await TrainingSession.create({ description, patchSize, batchSize, batchDice, weights });
    const result = await session.evaluate(batch);
    const [samples, classes, ...size] = outputs[0]!.shape;
    const voxels = size.reduce((a, b) => a * b);
    const table = [new Array(classes).fill(0), new Array(classes).fill(0), new Array(classes).fill(0)];
    for (let i = 0; i < samples * voxels; i++) {
      const at = (c: number) => outputs[0]!.data[(Math.floor(i / voxels) * classes + c) * voxels + (i % voxels)]!;
      let best = 0;
      for (let c = 1; c < classes; c++) if (at(c) > at(best)) best = c;
      const truth = targets[0]!.data[i]!;
      if (best === truth) table[0]![best]++;
      else {
        table[1]![best]++;
        table[2]![truth]++;
      }
    }
    expect(result.truePositives).toEqual(table[0]!.slice(1));
    expect(result.falsePositives).toEqual(table[1]!.slice(1));
    expect(result.falseNegatives).toEqual(table[2]!.slice(1));
    expect(Math.abs(result.loss - losses[0]!)).toBeLessThan(1e-5);
    expect(await session.weights()).toEqual(weights);
    await session.dispose();
  });

  it.each(lowerings)('trains biases where no norm follows, and binary losses for regions, %s', async (lowering) => {
    const { description: withNorm, input } = await readNetworkCase('3d');
    const [batchSize, , ...patchSize] = input.shape;
    const description = { ...withNorm, norm: 'none' as const, classes: 2 };
    const loss = diceAndBinaryCrossEntropy({ batchDice: true });
    const session = await TrainingSession.create({ description, patchSize, batchSize, loss, seed: 5, lowering });
    const regions = outputShapes(description, patchSize, batchSize).map((shape) =>
      Uint8Array.from({ length: sizeOf(shape) }, (_, i) => Number(i % 7 < 3)),
    );
    const losses: number[] = [];
    for (let i = 0; i < 6; i++) losses.push((await session.step({ data: input.data, targets: regions }, 0.01)).loss);
    expect(losses[5]).toBeLessThan(losses[0]! - 0.01);
    const bias = (await session.weights()).get('conv_blocks_context.0.blocks.0.conv.bias')!.data;
    expect(bias.every((v) => v !== 0)).toBe(true);
    const { truePositives, falseNegatives } = await session.evaluate({ data: input.data, targets: regions });
    expect(truePositives.map((v, i) => v + falseNegatives[i]!)).toEqual(
      [0, 1].map((c) => {
        const voxels = sizeOf(patchSize);
        return regions[0]!.reduce((n, v, i) => n + (Math.floor(i / voxels) % 2 === c ? v : 0), 0);
      }),
    );
    await session.dispose();
  });

  it('says what is wrong with a batch', async () => {
    const { description, input, targets } = await readNetworkCase('2d');
    const [batchSize, , ...patchSize] = input.shape;
    const session = await TrainingSession.create({ description, patchSize, batchSize, seed: 3, lowering: 'plain' });
    await expect(session.step({ data: input.data, targets: [] }, 0.1)).rejects.toThrow('no target for output 0');
    const short = { data: input.data.subarray(1), targets: targets.map((t) => t.data) };
    await expect(session.step(short, 0.1)).rejects.toThrow(/data has \d+ numbers instead of/);
    await session.dispose();
  });
});
