import {
  blockedLowering,
  blockSizeOf,
  blockSizeProbe,
  type LoweringFactory,
  webgpuLowering,
  winogradLowering,
} from '@nnunet/autodiff';
import { messageOf } from '@nnunet/errors/internal';
import type { LoweringChoice } from './compute.ts';
import type { DeviceName } from './device-name.ts';
import { type LoweringUse, probeDifferences } from './lowering-probe.ts';
import type { Runtime } from './runtime.ts';
import { NARROW_LAYER, timeWinograd, WIDE_LAYER } from './winograd-trial.ts';

export interface ChosenLowering {
  /** 'winograd': standard operators, but convolutions with fewer products. For predictions only. */
  name: 'plain' | 'blocked' | 'winograd';
  /** Channels per block; undefined for others than blocked. */
  block: number | undefined;
  /** Channels from which layers take Winograd's convolutions; undefined for others. */
  winogradFrom?: number;
  /** The reason, as a sentence for the user. */
  reason: string;
}

/** Channels of layers that are decided by the wide trial and not by the narrow one: between both. */
const HALF_WIDE = (NARROW_LAYER.channels + WIDE_LAYER.channels) / 2;

const choices = new WeakMap<Runtime, Map<LoweringUse, Promise<ChosenLowering>>>();

/**
 * Chooses the operators for this machine: the blocked ones if a small network gives the same results with both kinds,
 * in a training step or a prediction; otherwise the standard ones, for predictions with Winograd's convolutions where
 * these compute the same in less time. Runs once per runtime (half a second for training, a tenth for prediction; where
 * Winograd's convolutions are tried, another one).
 */
export function chooseLowering(runtime: Runtime, use: LoweringUse = 'training'): Promise<ChosenLowering> {
  const probed = choices.get(runtime) ?? new Map<LoweringUse, Promise<ChosenLowering>>();
  choices.set(runtime, probed);
  const known = probed.get(use) ?? choose(runtime, use, probed.get('training'));
  probed.set(use, known);
  return known;
}

/**
 * Returns the lowering for a choice; for 'blocked', with this processor's block size (16 if it has none). On a GPU,
 * always the standard operators.
 */
export async function loweringFor(
  runtime: Runtime,
  choice: LoweringChoice,
  device: DeviceName = 'cpu',
  use: LoweringUse = 'training',
): Promise<LoweringFactory | undefined> {
  if (device !== 'cpu') return device === 'webgpu' ? webgpuLowering : undefined;
  if (choice === 'plain') return undefined;
  if (choice === 'blocked') return blockedLowering((await blockSize(runtime)) ?? 16);
  const { name, block, winogradFrom } = await chooseLowering(runtime, use);
  if (name === 'winograd') return winogradLowering(winogradFrom);
  return block === undefined ? undefined : blockedLowering(block);
}

/** @param trained the choice for training, if there is one: a training step contains all operators of a prediction */
async function choose(
  runtime: Runtime,
  use: LoweringUse,
  trained: Promise<ChosenLowering> | undefined,
): Promise<ChosenLowering> {
  const blocked = await (trained ?? probe(runtime, use));
  if (use === 'training' || blocked.name === 'blocked') return blocked;
  return (await tryWinograd(runtime)) ?? blocked;
}

/**
 * Returns the choice of Winograd's convolutions if they are faster here and compute the same. Their sums do not gain
 * from threads as products do, and weigh more in narrow layers: these are decided by a trial of their own.
 */
async function tryWinograd(runtime: Runtime): Promise<ChosenLowering | undefined> {
  try {
    const { plain, winograd } = await timeWinograd(runtime, WIDE_LAYER);
    if (!(winograd < plain)) return undefined;
    const differences = await probeDifferences(runtime, winogradLowering(), 'prediction');
    if (!Object.values(differences).every((difference) => difference < 1e-3)) return undefined;
    const narrow = await timeWinograd(runtime, NARROW_LAYER);
    const all = narrow.winograd < narrow.plain;
    const where = all ? '' : ` in layers of ${HALF_WIDE} or more channels`;
    return {
      name: 'winograd',
      block: undefined,
      winogradFrom: all ? undefined : HALF_WIDE,
      reason: `Winograd's convolutions${where}: ${winograd.toFixed(0)} ms for a layer, standard ones ${plain.toFixed(0)} ms.`,
    };
  } catch {
    return undefined;
  }
}

async function probe(runtime: Runtime, use: LoweringUse): Promise<ChosenLowering> {
  const plain = (reason: string): ChosenLowering => ({ name: 'plain', block: undefined, reason });
  try {
    const block = await blockSize(runtime);
    if (block === undefined) return plain('Standard operators: this CPU does not support blocked convolutions.');
    const differences = await probeDifferences(runtime, blockedLowering(block), use);
    for (const [where, difference] of Object.entries(differences)) {
      if (difference < 1e-3) continue;
      return plain(`Standard operators: blocked ones differ by ${difference.toExponential(1)} in ${where}.`);
    }
    return { name: 'blocked', block, reason: `Operators in blocks of ${block} channels: the fastest on this CPU.` };
  } catch (error) {
    return plain(`Standard operators: the blocked ones failed (${messageOf(error)}).`);
  }
}

/** Reorders a ramp and checks where the numbers end up. */
export async function blockSize(runtime: Runtime): Promise<number | undefined> {
  const { model, input } = blockSizeProbe();
  try {
    const session = await runtime.load(model, { logSeverityLevel: 4 });
    const { y } = await session.run({ x: new runtime.Tensor('float32', input.data, input.shape) });
    await session.release();
    return blockSizeOf(y!.data as Float32Array);
  } catch {
    return undefined;
  }
}
