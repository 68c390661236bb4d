import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blockedLowering, differentiate, type Expression, type LoweringFactory, lower } from '@nnunet/autodiff';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import { readNpzFile } from '@nnunet/tensor/node';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { NetworkDescription } from '../src/network-description.ts';
import { byInputName, names } from '../src/network-graph.ts';
import { buildLossGraph, type StepOptions, trainedParameters } from '../src/training-step.ts';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const golden = fileURLToPath(new URL('../../../../shared/golden/network/', import.meta.url));

/** Returns the folder of a file: the fixtures, or the golden values next to the repository if present. */
export function folderOf(file: string): string | undefined {
  return [fixtures, golden].find((folder) => existsSync(folder + file));
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(folderOf(file) + file, 'utf8')) as T;
}

export async function readArrays(file: string): Promise<Map<string, Tensor>> {
  const arrays = await readNpzFile(folderOf(file) + file);
  return new Map([...arrays].map(([name, { data, shape }]) => [name, { data: data as Float32Array, shape }]));
}

/** (samples, channels, …size) */
export type BatchTensor = Omit<Tensor, 'shape'> & { shape: [samples: number, channels: number, ...size: number[]] };

export interface NetworkCase {
  description: NetworkDescription;
  parametersInOrder: { name: string; shape: number[] }[];
  batchDice: boolean;
  losses: number[];
  norms: number[];
  withoutGradient: string[];
  input: BatchTensor;
  targets: Tensor[];
  /** Only if the golden values contain them. */
  outputs: BatchTensor[];
  weights: Map<string, Tensor>;
  gradients: Map<string, Tensor>;
  after: Map<string, Tensor>;
}

interface CaseJson {
  input_channels: number;
  base_num_features: number;
  num_classes_with_background: number;
  conv_per_stage: number;
  pool_op_kernel_sizes: number[][];
  conv_kernel_sizes: number[][];
  max_num_features: number;
  batch_dice: boolean;
  loss_before_each_step: number[];
  gradient_norm_before_clipping: number[];
  without_gradient: string[];
  parameters_in_order: { name: string; shape: number[] }[];
}

/** Reads one of the networks that v1 built and trained for three steps: '2d', '3d', or a '…_wide…'. */
export async function readNetworkCase(name: string): Promise<NetworkCase> {
  const json = readJson<CaseJson>(`${name}.json`);
  const features = [json.base_num_features];
  for (const _ of json.pool_op_kernel_sizes) {
    features.push(Math.min(2 * features.at(-1)!, json.max_num_features));
  }
  const description: NetworkDescription = {
    architecture: 'Generic_UNet',
    dimension: json.conv_kernel_sizes[0]!.length as 2 | 3,
    inputChannels: json.input_channels,
    classes: json.num_classes_with_background,
    features,
    pools: json.pool_op_kernel_sizes,
    kernels: json.conv_kernel_sizes,
    convolutionsPerStage: json.conv_per_stage,
    convolutionBias: true,
    norm: 'instance',
    normEpsilon: 1e-5,
    negativeSlope: 0.01,
    deepSupervision: true,
  };
  const order = json.parameters_in_order.map((p) => p.name);
  const small = folderOf(`${name}_batch.npz`) !== undefined;
  const batch = await readArrays(small ? `${name}_batch.npz` : `${name}.npz`);
  const part = async (file: string, prefix: string) => {
    const arrays = small ? await readArrays(`${name}_${file}.npz`) : batch;
    const key = small ? '' : prefix;
    return new Map(order.flatMap((n) => (arrays.has(key + n) ? [[n, arrays.get(key + n)!] as const] : [])));
  };
  const numbered = (prefix: string) =>
    json.pool_op_kernel_sizes.flatMap((_, i) => (batch.has(prefix + i) ? [batch.get(prefix + i) as BatchTensor] : []));
  return {
    description,
    parametersInOrder: json.parameters_in_order,
    batchDice: json.batch_dice,
    losses: json.loss_before_each_step,
    norms: json.gradient_norm_before_clipping,
    withoutGradient: json.without_gradient,
    input: batch.get('input') as BatchTensor,
    targets: numbered('target'),
    outputs: numbered('output'),
    weights: await part('weights', 'w.'),
    gradients: await part('gradients', 'g.'),
    after: await part('weights_after_3_steps', 'a.'),
  };
}

export const networkCases = ['2d', '3d', '3d_wide_aniso', '3d_wide', '3d_wide_odd_bottleneck', '2d_wide'] as const;
export const lowerings = ['plain', 'blocked'] as const;

export function factoryOf(lowering: (typeof lowerings)[number]): LoweringFactory | undefined {
  return lowering === 'plain' ? undefined : blockedLowering(16);
}

/** Lowers and runs a graph once. */
export async function evaluate<K extends string>(
  outputs: Record<K, Expression>,
  feeds: Record<string, ArrayLike<number>>,
  options: Parameters<typeof lower>[1] = {},
): Promise<Record<K, Float64Array>> {
  const graph = lower(outputs, options);
  const session = await InferenceSession.create(graph.model, { enableMemPattern: false, logSeverityLevel: 3 });
  const tensors = graph.inputs.map(({ name, shape, type }) => {
    const Type = type === 'float64' ? Float64Array : Float32Array;
    return [name, new RuntimeTensor(type as 'float32', Type.from(feeds[name]!) as Float32Array, shape)] as const;
  });
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, t]) => [name, Float64Array.from(t.data as Float32Array)]),
  ) as Record<K, Float64Array>;
}

/** Runs a network's loss on a batch. @returns its outputs by name, and the gradients of all parameters that are trained */
export async function evaluateLoss(
  options: StepOptions,
  { input, targets, weights }: { input: Tensor; targets: readonly Tensor[]; weights: ReadonlyMap<string, Tensor> },
  lowering: (typeof lowerings)[number],
): Promise<{ values: Record<string, Float64Array>; gradients: Map<string, Float64Array> }> {
  const graph = buildLossGraph(options);
  const trained = trainedParameters(options.description, graph);
  const dependent = trained.filter((p) => p.dependent).map((p) => p.name);
  const derivatives = differentiate(
    graph.loss,
    dependent.map((p) => graph.weights.get(p)!),
  );
  const outputs = {
    loss: graph.loss,
    ...Object.fromEntries(graph.outputs.map((e, i) => [`output${i}`, e])),
    ...Object.fromEntries(derivatives.map((e, i) => [names.gradients(dependent[i]!), e])),
  };
  const feeds = byInputName({
    data: input.data,
    targets: new Map(targets.map((t, i) => [i, t.data] as const)),
    weights: new Map([...weights].map(([key, t]) => [key, t.data] as const)),
  });
  const factory = factoryOf(lowering);
  const values = await evaluate<string>(outputs, feeds, factory && { lowering: factory });
  const gradients = trained.map(({ name, dependent, shape }) => {
    const zeros = new Float64Array(sizeOf(shape));
    return [name, dependent ? values[names.gradients(name)]! : zeros] as const;
  });
  return { values, gradients: new Map(gradients) };
}

/** Greatest absolute difference. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  return worst;
}

export function greatest(list: ArrayLike<number>): number {
  return difference(list, new Float32Array(list.length));
}
