import {
  blockedLowering,
  blockSizeOf,
  blockSizeProbe,
  type Expression,
  type LoweringFactory,
  lower,
  webgpuLowering,
} from '@nnunet/autodiff';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { buildInference } from '../inference-graph.ts';
import { diceAndCrossEntropy } from '../loss.ts';
import type { NetworkDescription } from '../network-description.ts';
import { initialiseWeights } from '../parameters.ts';
import { buildTrainingStep, names } from '../training-step.ts';
import type { DeviceName } from './device.ts';
import { GraphSession } from './run-graph.ts';

/** 'plain': standard ONNX operators; 'blocked': the CPU provider's channel-blocked ones; 'auto': what the probe finds. */
export type LoweringChoice = 'auto' | 'plain' | 'blocked';

export interface ChosenLowering {
  name: 'plain' | 'blocked';
  /** Channels per block; undefined for plain. */
  block: number | undefined;
  /** Why, in a sentence for a person. */
  reason: string;
}

/** What a network is computed for. */
export type LoweringUse = 'training' | 'prediction';

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
    if (block === undefined) return plain('Standard operators: this processor has no blocked convolutions.');
    const difference = await greatestDifference(block, use);
    if (!(difference < 1e-3)) {
      return plain(`Standard operators: blocked ones differ by ${difference.toExponential(1)} in a small network.`);
    }
    return { name: 'blocked', block, reason: `Operators in blocks of ${block} channels: the fastest here.` };
  } catch (error) {
    return plain(`Standard operators: the blocked ones failed (${error instanceof Error ? error.message : error}).`);
  }
}

/** Reorders a ramp and looks where the numbers went. */
async function blockSize(): Promise<number | undefined> {
  const { model, input } = blockSizeProbe();
  try {
    const session = await InferenceSession.create(model, { logSeverityLevel: 4 });
    const [x, y] = [session.inputNames[0], session.outputNames[0]];
    const result = await session.run({ [x]: new Tensor('float32', input.data, input.shape) });
    await session.release();
    return blockSizeOf(result[y].data as Float32Array);
  } catch {
    return undefined;
  }
}

/** Odd and even sizes, an anisotropic kernel and pool, channels that do not fill a block. */
const smallNetwork: NetworkDescription = {
  architecture: 'Generic_UNet',
  dimension: 3,
  inputChannels: 1,
  classes: 2,
  features: [12, 24, 32],
  pools: [
    [1, 2, 2],
    [2, 2, 2],
  ],
  kernels: [
    [1, 3, 3],
    [3, 3, 3],
    [3, 3, 3],
  ],
  convolutionsPerStage: 2,
  convolutionBias: true,
  norm: 'instance',
  normEpsilon: 1e-5,
  negativeSlope: 0.01,
  deepSupervision: true,
};

/** Greatest difference over the outputs of the small network, relative to each output's greatest entry. */
async function greatestDifference(block: number, use: LoweringUse): Promise<number> {
  const outputs = probeGraph(use);
  const feeds = probeFeeds();
  const run = async (lowering?: LoweringFactory) => {
    const session = await GraphSession.create(lower(outputs, lowering === undefined ? {} : { lowering }), {
      threads: 1,
    });
    const tensors = session.graph.inputs.map(({ name }) => [name, session.tensor(name, feeds(name, session))] as const);
    const results = await session.run(Object.fromEntries(tensors));
    await session.dispose();
    return results;
  };
  const [expected, found] = [await run(), await run(blockedLowering(block))];
  let worst = 0;
  for (const [name, tensor] of Object.entries(expected)) {
    const [a, b] = [tensor.data as Float32Array, found[name].data as Float32Array];
    let [scale, difference] = [1e-6, 0];
    for (let i = 0; i < a.length; i++) {
      scale = Math.max(scale, Math.abs(a[i]));
      difference = Math.max(difference, Math.abs(a[i] - b[i]));
      if (Number.isNaN(b[i])) return Number.NaN;
    }
    worst = Math.max(worst, difference / scale);
  }
  return worst;
}

function probeGraph(use: LoweringUse): Record<string, Expression> {
  const common = { description: smallNetwork, patchSize: [6, 12, 8], batchSize: 2 };
  if (use === 'prediction') return buildInference({ ...common, weights: initialiseWeights(smallNetwork, 1) });
  return buildTrainingStep({ ...common, loss: diceAndCrossEntropy({ batchDice: false }) });
}

/** Random data and labels, initial weights, zero momenta. */
function probeFeeds(): (name: string, session: GraphSession) => Float32Array {
  const weights = initialiseWeights(smallNetwork, 1);
  return (name, session) => {
    const shape = session.graph.inputs.find((p) => p.name === name)!.shape;
    const data = new Float32Array(sizeOf(shape));
    if (name === names.learningRate) return data.fill(0.1);
    if (name.startsWith('momentum:')) return data;
    if (name.startsWith('weight:')) return weights.get(name.slice('weight:'.length))!.data;
    const random = counterRandom(1, 'probe', name);
    return name === names.data ? random.fillNormal(data) : data.map(() => random.integer(smallNetwork.classes));
  };
}
