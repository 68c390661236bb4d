import { reachable, winogradMemory } from '@nnunet/autodiff';
import { sizeOf } from '@nnunet/tensor';
import type { ChosenLowering } from './choose-lowering.ts';
import { forwardPass } from './forward.ts';
import { type NetworkDescription, outputShapes } from './network-description.ts';
import type { Optimizer } from './optimizer.ts';
import { momentumShapes } from './optimizer-state.ts';
import { sgd } from './optimizers.ts';
import { type ParameterShape, parameterShapes } from './parameters.ts';

/** Peak memory of the process during a training step, in bytes by use. */
export interface StepMemory {
  /** Weights before and after the step, and a copy to continue from. */
  weights: number;
  /** The same for the momenta: what the optimiser keeps between steps. */
  momenta: number;
  /** Gradients of the weights, and weights rearranged for the kernels. */
  gradients: number;
  /** Results of the forward pass that the backward pass reads. */
  activations: number;
  /** Gradients passing through the highest resolution, the loss, and memory that the allocator cannot use. */
  temporaries: number;
  /** Node, ONNX Runtime, the graph. */
  runtime: number;
  total: number;
}

export interface StepMemoryOptions {
  /** Default: `sgd`. */
  optimizer?: Optimizer;
  /** Operators used. Default: 'blocked'. */
  lowering?: 'plain' | 'blocked';
  /** Number of sessions that share the batch. Default: 1. */
  sessions?: number;
}

const FLOAT = 4;
/** Number of copies of all parameters, see {@link StepMemory}. */
const COPIES = { weights: 3, momenta: 3, gradients: 3, session: 5 } as const;
/** In multiples of the forward pass's largest value (the joined skip and upsampled maps at full resolution). */
const LARGEST_TIMES = 4;
/** Number of values of the size of the logits: probabilities, logarithms, one-hot targets and their gradients. */
const LOSS_VALUES = 5;
/** Fraction that the allocator loses between blocks of different sizes. */
const FRAGMENTATION = { blocked: 0.3, plain: 0.65 } as const;
const RUNTIME = 130 * 2 ** 20;
/** For each session beyond the first. */
const SESSION_RUNTIME = 40 * 2 ** 20;

/** Operators whose results are not separate arrays. */
const NOT_SEPARATE = ['input', 'constant', 'reshape', 'expand', 'cast', 'part', 'slice'];

/** Those, and operators whose results the backward pass does not read. */
const NOT_KEPT = new Set([...NOT_SEPARATE, 'convolutionInputGradient']);

/**
 * Estimates the peak memory of this engine's training steps and validation batches on the CPU: float32, all activations
 * kept. The numbers of copies are measured (tools/bench/step-memory.mjs): for 2D and 3D U-Nets with peaks of 0.6 to 6.9
 * GB, the estimate is within 25 % of the process's maximum resident size. Threads that load data need additional
 * memory.
 *
 * @param patchSize voxels, in the axis order of the data
 * @throws NnUNetError 'usage' for a patch size that does not fit the poolings, 'bad-optimizer'
 */
export function estimateStepMemory(
  description: NetworkDescription,
  patchSize: readonly number[],
  batchSize: number,
  { optimizer = sgd, lowering = 'blocked', sessions = 1 }: StepMemoryOptions = {},
): StepMemory {
  const logits = outputShapes(description, patchSize, 1).reduce((sum, shape) => sum + sizeOf(shape), 0);
  const parameters = parameterShapes(description);
  const bytes = FLOAT * numbersIn(parameters);
  const momentumBytes = FLOAT * numbersIn(momentumShapes(description, optimizer));
  const more = sessions === 1 ? 0 : sessions;
  let kept = 0;
  let largest = 0;
  // Of one sample: everything scales with the batch.
  for (const { op, shape } of reachable(forwardPass(description, patchSize))) {
    if (NOT_KEPT.has(op)) continue;
    const size = sizeOf(shape);
    kept += size;
    largest = Math.max(largest, size);
  }
  const activations = FLOAT * batchSize * kept;
  const passing = FLOAT * batchSize * (LARGEST_TIMES * largest + LOSS_VALUES * logits);
  const memory = {
    weights: COPIES.weights * bytes,
    momenta: COPIES.momenta * momentumBytes,
    gradients: (COPIES.gradients + more * COPIES.session) * bytes,
    activations,
    temporaries: passing + FRAGMENTATION[lowering] * (activations + passing),
    runtime: RUNTIME + more * SESSION_RUNTIME,
  };
  return { ...memory, total: Object.values(memory).reduce((sum, part) => sum + part, 0) };
}

/** Number of copies of the weights while a network is loaded: as arrays, as a model, as the runtime's own. */
const LOADED_COPIES = 3;

/**
 * Estimates the memory of a network that predicts: its weights, and the most values that exist at a time, each until the
 * last operator has read it.
 *
 * @param patchSize voxels, in the axis order of the data
 * @param lowering the operators used. Default: 'plain'; 'blocked' ones take as much
 * @returns bytes
 */
export function estimatePredictionMemory(
  description: NetworkDescription,
  patchSize: readonly number[],
  { batchSize, lowering = 'plain' }: { batchSize: number; lowering?: ChosenLowering['name'] },
): number {
  const inOrder = reachable(forwardPass({ ...description, deepSupervision: false }, patchSize));
  const lastRead = new Map(inOrder.flatMap(({ inputs }, at) => inputs.map((input) => [input, at] as const)));
  let [alive, most, weights] = [0, 0, numbersIn(parameterShapes(description))];
  for (const [at, e] of inOrder.entries()) {
    if (!NOT_SEPARATE.includes(e.op)) alive += sizeOf(e.shape);
    const more = lowering === 'winograd' ? winogradMemory(e) : { weights: 0, values: 0 };
    weights += more.weights;
    most = Math.max(most, alive + more.values);
    for (const input of new Set(e.inputs))
      if (lastRead.get(input) === at && !NOT_SEPARATE.includes(input.op)) alive -= sizeOf(input.shape);
  }
  return FLOAT * (LOADED_COPIES * weights + batchSize * most);
}

function numbersIn(parameters: readonly ParameterShape[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
