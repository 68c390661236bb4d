import { differentiate, type Expression, type LoweringFactory, lower } from '@nnunet/autodiff';
import { constant, convolution, input, instanceNorm, multiply, square, sum } from '@nnunet/autodiff/operators';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import { GraphSession, valuesOf } from './graph-session.ts';
import { buildInference } from './inference-graph.ts';
import { diceAndCrossEntropy } from './loss.ts';
import type { NetworkDescription } from './network-description.ts';
import { byInputName, names } from './network-graph.ts';
import { initialiseWeights } from './parameters.ts';
import type { Runtime } from './runtime.ts';
import { buildTrainingStep } from './training-step.ts';

/** The purpose of a network's computation. */
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
 * Measures how much a lowering differs from the plain one: the greatest difference over the outputs of a graph,
 * relative to each output's greatest value; NaN if a result is NaN. Tests a small network, whose channels are centred
 * near zero, and a norm of channels far from zero.
 */
export async function probeDifferences(
  runtime: Runtime,
  lowering: LoweringFactory,
  use: LoweringUse,
): Promise<Record<string, number>> {
  return {
    'a small network': await greatestDifference(runtime, lowering, networkProbe(use)),
    'a norm of channels far from zero': await greatestDifference(runtime, lowering, farNorm(use)),
  };
}

/** A computation and the values of its inputs by name. */
interface Probe {
  outputs: Record<string, Expression>;
  values: Record<string, Float32Array>;
}

async function greatestDifference(
  runtime: Runtime,
  checked: LoweringFactory,
  { outputs, values }: Probe,
): Promise<number> {
  const run = async (lowering?: LoweringFactory) => {
    const session = await GraphSession.create(runtime, lower(outputs, { lowering }), { threads: 1 });
    const tensors = session.graph.inputs.map(({ name }) => [name, session.tensor(name, values[name]!)] as const);
    const results = await session.run(Object.fromEntries(tensors));
    await session.dispose();
    return results;
  };
  const [expected, found] = [await run(), await run(checked)];
  let worst = 0;
  for (const name of Object.keys(expected)) {
    const [a, b] = [valuesOf(expected, name), valuesOf(found, name)];
    let [scale, difference] = [1e-6, 0];
    for (const [i, value] of a.entries()) {
      scale = Math.max(scale, Math.abs(value));
      difference = Math.max(difference, Math.abs(value - b[i]!));
      if (Number.isNaN(b[i])) return Number.NaN;
    }
    worst = Math.max(worst, difference / scale);
  }
  return worst;
}

/** Random data and labels, initial weights, zero momenta. */
function networkProbe(use: LoweringUse): Probe {
  const weights = initialiseWeights(smallNetwork, 1);
  const common = { description: smallNetwork, patchSize: [6, 12, 8], batchSize: 2 };
  const zeros = ({ shape }: Expression) => new Float32Array(sizeOf(shape));
  const noise = (data: Expression) => counterRandom(1, 'probe', names.data).fillNormal(zeros(data));
  if (use === 'prediction') {
    const { inputs, outputs } = buildInference({ ...common, weights });
    return { outputs, values: byInputName({ data: noise(inputs.data) }) };
  }
  const { inputs, outputs } = buildTrainingStep({ ...common, loss: diceAndCrossEntropy({ batchDice: false }) });
  const labels = ([output, target]: [number, Expression]) => {
    const random = counterRandom(1, 'probe', names.targets(output));
    return [output, zeros(target).map(() => random.integer(smallNetwork.classes))] as const;
  };
  const values = byInputName({
    data: noise(inputs.data),
    targets: new Map([...inputs.targets].map(labels)),
    weights: new Map([...weights].map(([name, { data }]) => [name, data] as const)),
    momenta: new Map([...inputs.momenta].map(([name, momentum]) => [name, zeros(momentum)] as const)),
    learningRate: Float32Array.of(0.1),
  });
  return { outputs, values };
}

const farChannels = 12;

/**
 * A norm after an identity convolution and, for training, its gradients. The channels' means are 0 to 1000 standard
 * deviations.
 */
function farNorm(use: LoweringUse): Probe {
  const identity = Float32Array.from({ length: farChannels ** 2 }, (_, i) => (i % (farChannels + 1) === 0 ? 1 : 0));
  const kernel = constant({ data: identity, shape: [farChannels, farChannels, 1, 1, 1] });
  const x = input('x', [2, farChannels, 6, 12, 8]);
  const [gamma, beta] = [input('gamma', [farChannels]), input('beta', [farChannels])];
  const y = instanceNorm(convolution(x, kernel), gamma, beta);
  const noise = (name: string, { shape }: Expression) =>
    counterRandom(1, 'far', name).fillNormal(new Float32Array(sizeOf(shape)));
  const meanAt = (i: number) => (1000 / (farChannels - 1)) * (Math.floor(i / (6 * 12 * 8)) % farChannels);
  const values = {
    x: noise('x', x).map((v, i) => v + meanAt(i)),
    gamma: noise('gamma', gamma).map((v) => 1 + v / 5),
    beta: noise('beta', beta).map((v) => 1 + v / 5),
  };
  if (use === 'prediction') return { outputs: { y }, values };
  const [dx, dgamma, dbeta] = differentiate(sum(multiply(y, square(y))), [x, gamma, beta]);
  return { outputs: { y, dx: dx!, dgamma: dgamma!, dbeta: dbeta! }, values };
}
