import { differentiate, type Expression, type LoweringFactory, lower } from '@nnunet/autodiff';
import { constant, convolution, input, instanceNorm, multiply, square, sum } from '@nnunet/autodiff/operators';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import { buildInference } from '../inference-graph.ts';
import { diceAndCrossEntropy } from '../loss.ts';
import type { NetworkDescription } from '../network-description.ts';
import { initialiseWeights } from '../parameters.ts';
import { buildTrainingStep, names } from '../training-step.ts';
import { GraphSession } from './run-graph.ts';

/** What a network is computed for. */
export type LoweringUse = 'training' | 'prediction';

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

/**
 * How much a lowering differs from the plain one: the greatest difference over the outputs of a graph, relative to each
 * output's greatest entry; NaN where a result is none. In a small network, whose channels lie around zero, and in a norm of
 * channels that lie far from it.
 */
export async function probeDifferences(lowering: LoweringFactory, use: LoweringUse): Promise<Record<string, number>> {
  return {
    'a small network': await greatestDifference(lowering, networkGraph(use), networkFeeds()),
    'a norm of channels far from zero': await greatestDifference(lowering, farNorm(use), farFeeds),
  };
}

type Feeds = (name: string, shape: readonly number[]) => Float32Array;

async function greatestDifference(
  checked: LoweringFactory,
  outputs: Record<string, Expression>,
  feeds: Feeds,
): Promise<number> {
  const run = async (lowering?: LoweringFactory) => {
    const session = await GraphSession.create(lower(outputs, lowering === undefined ? {} : { lowering }), {
      threads: 1,
    });
    const tensors = session.graph.inputs.map(
      ({ name, shape }) => [name, session.tensor(name, feeds(name, shape))] as const,
    );
    const results = await session.run(Object.fromEntries(tensors));
    await session.dispose();
    return results;
  };
  const [expected, found] = [await run(), await run(checked)];
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

function networkGraph(use: LoweringUse): Record<string, Expression> {
  const common = { description: smallNetwork, patchSize: [6, 12, 8], batchSize: 2 };
  if (use === 'prediction') return buildInference({ ...common, weights: initialiseWeights(smallNetwork, 1) });
  return buildTrainingStep({ ...common, loss: diceAndCrossEntropy({ batchDice: false }) });
}

/** Random data and labels, initial weights, zero momenta. */
function networkFeeds(): Feeds {
  const weights = initialiseWeights(smallNetwork, 1);
  return (name, shape) => {
    const data = new Float32Array(sizeOf(shape));
    if (name === names.learningRate) return data.fill(0.1);
    if (name.startsWith('momentum:')) return data;
    if (name.startsWith('weight:')) return weights.get(name.slice('weight:'.length))!.data;
    const random = counterRandom(1, 'probe', name);
    return name === names.data ? random.fillNormal(data) : data.map(() => random.integer(smallNetwork.classes));
  };
}

const farChannels = 12;

/** A norm behind a convolution that changes nothing, and where a network is trained its gradients. */
function farNorm(use: LoweringUse): Record<string, Expression> {
  const identity = Float32Array.from({ length: farChannels ** 2 }, (_, i) => (i % (farChannels + 1) === 0 ? 1 : 0));
  const kernel = constant({ data: identity, shape: [farChannels, farChannels, 1, 1, 1] });
  const x = input('x', [2, farChannels, 6, 12, 8]);
  const [gamma, beta] = [input('gamma', [farChannels]), input('beta', [farChannels])];
  const y = instanceNorm(convolution(x, kernel), gamma, beta);
  if (use === 'prediction') return { y };
  const [dx, dgamma, dbeta] = differentiate(sum(multiply(y, square(y))), [x, gamma, beta]);
  return { y, dx, dgamma, dbeta };
}

/** Channels whose means are 0 to 1000 deviations. */
const farFeeds: Feeds = (name, shape) => {
  const data = counterRandom(1, 'far', name).fillNormal(new Float32Array(sizeOf(shape)));
  const voxels = sizeOf(shape.slice(2));
  if (name !== 'x') return data.map((v) => 1 + v / 5);
  return data.map((v, i) => v + (1000 / (farChannels - 1)) * (Math.floor(i / voxels) % farChannels));
};
