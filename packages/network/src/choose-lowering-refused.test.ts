import { blockedLowering, lower, webgpuLowering } from '@nnunet/autodiff';
import { constant, convolution, input, multiply } from '@nnunet/autodiff/operators';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeRuntime } from './node/node-runtime.ts';

const probe = vi.hoisted(() => ({
  differences: {} as Record<string, number>,
  uses: [] as string[],
  block: 16,
  /** Milliseconds of a layer in the plain form and in Winograd's, and of a narrow layer. */
  times: [] as number[],
}));
vi.mock('./lowering-probe.ts', () => ({
  async probeDifferences(_: unknown, __: unknown, use: string) {
    probe.uses.push(use);
    if (probe.differences.failing !== undefined) throw new Error('no kernel');
    return probe.differences;
  },
}));
vi.mock('./winograd-trial.ts', () => ({
  WIDE_LAYER: { channels: 32 },
  NARROW_LAYER: { channels: 16 },
  async timeWinograd(_: unknown, { channels }: { channels: number }) {
    const [plain, winograd] = channels === 32 ? probe.times : probe.times.slice(2);
    if (plain === undefined) throw new Error('no memory');
    return { plain, winograd };
  },
}));
/** A processor of this block size; without blocks where it is 0. */
vi.mock('@nnunet/autodiff', async (original) => ({
  ...(await original<typeof import('@nnunet/autodiff')>()),
  blockSizeOf: () => probe.block || undefined,
}));

/** The module as a new process has it: nothing is probed yet. */
async function fresh() {
  vi.resetModules();
  return import('./choose-lowering.ts');
}

beforeEach(() => {
  Object.assign(probe, { differences: {}, uses: [], block: 16, times: [1, 1] });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('blocked operators', () => {
  it.each<[differences: Record<string, number>, name: string, reason: RegExp]>([
    [
      { 'a network': 9.9e-4, 'a norm': 0 },
      'blocked',
      /^Operators in blocks of 16 channels: the fastest on this CPU\.$/,
    ],
    [
      { 'a network': 0, 'a norm': 1.04e-3 },
      'plain',
      /^Standard operators: blocked ones differ by 1\.0e-3 in a norm\.$/,
    ],
    [{ 'a network': 1e-3 }, 'plain', /differ by 1\.0e-3 in a network/],
    [{ 'a network': Number.NaN, 'a norm': 0 }, 'plain', /differ by NaN in a network/],
    [{ failing: 1 }, 'plain', /^Standard operators: the blocked ones failed \(no kernel\)\.$/],
  ])('are chosen where differences are below a thousandth: %j', async (differences, name, reason) => {
    Object.assign(probe, { differences });
    const { chooseLowering, loweringFor } = await fresh();
    const chosen = await chooseLowering(nodeRuntime);
    expect(chosen).toEqual({ name, block: name === 'plain' ? undefined : 16, reason: expect.stringMatching(reason) });
    expect((await loweringFor(nodeRuntime, 'auto')) === undefined).toBe(name === 'plain');
    expect((await loweringFor(nodeRuntime, 'auto', 'cpu', 'prediction')) === undefined).toBe(name === 'plain');
    // A probe for training is enough for predictions.
    expect(probe.uses).toEqual(['training']);
  });

  it('are probed for a prediction alone, and for a training after it', async () => {
    const { chooseLowering } = await fresh();
    await chooseLowering(nodeRuntime, 'prediction');
    await chooseLowering(nodeRuntime, 'prediction');
    expect(probe.uses).toEqual(['prediction']);
    await chooseLowering(nodeRuntime, 'training');
    expect(probe.uses).toEqual(['prediction', 'training']);
  });

  it('are not probed where the processor has none', async () => {
    probe.block = 0;
    const { chooseLowering, loweringFor } = await fresh();
    expect(await chooseLowering(nodeRuntime)).toEqual({
      name: 'plain',
      block: undefined,
      reason: 'Standard operators: this CPU does not support blocked convolutions.',
    });
    expect(await loweringFor(nodeRuntime, 'auto')).toBeUndefined();
    expect(probe.uses).toEqual([]);
  });
});

describe("Winograd's convolutions", () => {
  it.each<[what: string, name: string, times: number[], differences: Record<string, number>]>([
    ['are chosen where they take less time', 'winograd', [40.2, 21, 9, 8], { 'a network': 9.9e-4 }],
    ['are not where they take as long', 'plain', [21, 21, 9, 8], {}],
    ['are not where they compute something else', 'plain', [40, 21, 9, 8], { 'a network': 1e-3 }],
    ['are not where they compute nothing', 'plain', [40, 21, 9, 8], { 'a network': Number.NaN }],
    ['are not where they fail', 'plain', [], {}],
  ])('%s, without blocks', async (_, name, times, differences) => {
    Object.assign(probe, { block: 0, times, differences });
    const { chooseLowering, loweringFor } = await fresh();
    const chosen = await chooseLowering(nodeRuntime, 'prediction');
    expect(chosen).toEqual({
      name,
      block: undefined,
      reason:
        name === 'winograd'
          ? "Winograd's convolutions: 21 ms for a layer, standard ones 40 ms."
          : 'Standard operators: this CPU does not support blocked convolutions.',
    });
    expect((await loweringFor(nodeRuntime, 'auto', 'cpu', 'prediction')) === undefined).toBe(name === 'plain');
    expect(await loweringFor(nodeRuntime, 'plain', 'cpu', 'prediction')).toBeUndefined();
    expect((await chooseLowering(nodeRuntime, 'training')).name).toBe('plain');
    expect(await loweringFor(nodeRuntime, 'auto', 'cpu', 'training')).toBeUndefined();
  });

  it.each<[what: string, times: number[], widths: number[], reason: string]>([
    ['of all widths where they are faster in narrow layers, too', [2, 1, 8.1, 8], [16, 32], 'convolutions'],
    ['of wide layers alone where they are not', [2, 1, 8, 8], [32], 'convolutions in layers of 24 or more channels'],
  ])('are those %s', async (_, times, widths, reason) => {
    Object.assign(probe, { block: 0, times });
    const { chooseLowering, loweringFor } = await fresh();
    expect((await chooseLowering(nodeRuntime, 'prediction')).reason).toBe(
      `Winograd's ${reason}: 1 ms for a layer, standard ones 2 ms.`,
    );
    const lowering = await loweringFor(nodeRuntime, 'auto', 'cpu', 'prediction');
    const differs = (width: number) => {
      const kernel = [width, width, 3, 3, 3];
      const weights = constant({ data: new Float32Array(width * width * 27), shape: kernel });
      const y = convolution(input('x', [1, width, 8, 16, 8]), weights, undefined, { padding: [1, 1, 1] });
      return lower({ y }, { lowering }).model.length !== lower({ y }).model.length;
    };
    expect([16, 32].filter(differs)).toEqual(widths);
  });

  it('are tried for a prediction after a training, and not where there are blocks', async () => {
    Object.assign(probe, { block: 0, times: [2, 1, 2, 1] });
    const { chooseLowering } = await fresh();
    expect((await chooseLowering(nodeRuntime, 'training')).name).toBe('plain');
    expect((await chooseLowering(nodeRuntime, 'prediction')).name).toBe('winograd');
    probe.block = 16;
    expect((await (await fresh()).chooseLowering(nodeRuntime, 'prediction')).name).toBe('blocked');
  });
});

describe('a lowering that is asked for', () => {
  const x = input('x', [1, 20, 4, 4]);
  const modelOf = (lowering: Awaited<ReturnType<typeof blockedLowering>>) =>
    lower({ y: multiply(x, 2) }, { lowering }).model;

  it.each([
    [8, 8],
    [16, 16],
    [0, 16],
  ])('has blocks as the processor has them: %i gives %i', async (own, expected) => {
    probe.block = own;
    const { loweringFor } = await fresh();
    expect(modelOf((await loweringFor(nodeRuntime, 'blocked'))!)).toEqual(modelOf(blockedLowering(expected)));
  });

  it('is that of the device, whatever is asked for', async () => {
    const { loweringFor } = await fresh();
    for (const choice of ['auto', 'plain', 'blocked'] as const) {
      expect(await loweringFor(nodeRuntime, choice, 'webgpu')).toBe(webgpuLowering);
      expect(await loweringFor(nodeRuntime, choice, 'cuda')).toBeUndefined();
    }
    expect(await loweringFor(nodeRuntime, 'plain', 'cpu')).toBeUndefined();
    expect(probe.uses).toEqual([]);
  });
});
