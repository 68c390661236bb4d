import { blockedLowering, blockSizeOf, blockSizeProbe, type LoweringFactory, webgpuLowering } from '@nnunet/autodiff';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DeviceName } from './device.ts';
import { type LoweringUse, probeDifferences } from './lowering-probe.ts';

/** 'plain': standard ONNX operators; 'blocked': the CPU provider's channel-blocked ones; 'auto': what the probe finds. */
export type LoweringChoice = 'auto' | 'plain' | 'blocked';

export interface ChosenLowering {
  name: 'plain' | 'blocked';
  /** Channels per block; undefined for plain. */
  block: number | undefined;
  /** Why, in a sentence for a person. */
  reason: string;
}

const probed = new Map<LoweringUse, Promise<ChosenLowering>>();

/**
 * Which operators this machine runs networks with: the blocked ones where a small network, trained for a step or predicted
 * with both ways, comes out the same; else the standard ones. Found once per process (half a second for training, a tenth
 * for prediction).
 */
export function chooseLowering(use: LoweringUse = 'training'): Promise<ChosenLowering> {
  // A training step has all operators of a prediction in it.
  const known = probed.get(use) ?? probed.get('training') ?? probe(use);
  probed.set(use, known);
  return known;
}

/**
 * The lowering for a choice; with 'blocked', block size as this processor has it (16 where it has none). On a GPU: standard
 * operators, whatever the choice.
 */
export async function loweringFor(
  choice: LoweringChoice,
  device: DeviceName = 'cpu',
  use: LoweringUse = 'training',
): Promise<LoweringFactory | undefined> {
  if (device !== 'cpu') return device === 'webgpu' ? webgpuLowering : undefined;
  if (choice === 'plain') return undefined;
  const { block } = choice === 'auto' ? await chooseLowering(use) : { block: (await blockSize()) ?? 16 };
  return block === undefined ? undefined : blockedLowering(block);
}

async function probe(use: LoweringUse): Promise<ChosenLowering> {
  const plain = (reason: string): ChosenLowering => ({ name: 'plain', block: undefined, reason });
  try {
    const block = await blockSize();
    if (block === undefined) return plain('Standard operators: this CPU does not support blocked convolutions.');
    const differences = await probeDifferences(blockedLowering(block), use);
    for (const [where, difference] of Object.entries(differences)) {
      if (difference < 1e-3) continue;
      return plain(`Standard operators: blocked ones differ by ${difference.toExponential(1)} in ${where}.`);
    }
    return { name: 'blocked', block, reason: `Operators in blocks of ${block} channels: the fastest on this CPU.` };
  } catch (error) {
    return plain(`Standard operators: the blocked ones failed (${error instanceof Error ? error.message : error}).`);
  }
}

/** Reorders a ramp and looks where the numbers went. */
export async function blockSize(): Promise<number | undefined> {
  const { model, input } = blockSizeProbe();
  try {
    const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
    const { y } = await session.run({ x: new Tensor('float32', input.data, input.shape) });
    await session.release();
    return blockSizeOf(y!.data as Float32Array);
  } catch {
    return undefined;
  }
}
