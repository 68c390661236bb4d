import { type Expression, reachable } from '@nnunet/autodiff';
import {
  atSizes,
  type Json,
  readGraph,
  type SizedExample,
  type Sizes,
  storeGraph,
  withSizes,
} from '@nnunet/autodiff/graphs';
import { input } from '@nnunet/autodiff/operators';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import type { Architecture, ArchitectureClass } from './architecture.ts';
import { DeclaredParameters } from './declared-parameters.ts';
import { faultOfOutputs } from './fault-of-outputs.ts';
import { type BatchStatistics, Layers } from './layers.ts';
import { outputShapes, patchDivisor } from './network-description.ts';
import { names } from './network-graph.ts';
import type { NetworkParameter } from './network-parameter.ts';
import type { NetworkSettings } from './network-settings.ts';
import { requireOutputs } from './require-outputs.ts';
import { mixedSamples } from './sample-axis.ts';
import type { StoredNetwork, StoredPass } from './stored-network.ts';
import { sizesOf, storeParameter } from './stored-network-reader.ts';

/** A batch and a patch that an architecture is asked for. */
interface Trial {
  samples: number;
  patchSize: readonly number[];
}

/** What it makes of them. */
interface Traced {
  parameters: NetworkParameter[];
  training: StoredPass;
  prediction: StoredPass;
}

/**
 * Describes the network of an architecture as data. Its sizes in batch and patch are found by making it several times
 * and comparing; if they do not depend on the patch as products, the network is for one patch size.
 *
 * @param patchSize of the plans
 * @throws NnUNetError 'bad-architecture'
 */
export function traceArchitecture(
  name: string,
  architectureClass: ArchitectureClass,
  settings: NetworkSettings,
  patchSize: readonly number[],
): StoredNetwork {
  const known = traced.get(architectureClass) ?? new Map<string, StoredNetwork>();
  const key = JSON.stringify([settings, patchSize]);
  const network = known.get(key) ?? traceNew(name, architectureClass, settings, patchSize);
  traced.set(architectureClass, known.set(key, network));
  return network;
}

/** Networks by class, and by settings and patch. */
const traced = new WeakMap<ArchitectureClass, Map<string, StoredNetwork>>();

function traceNew(
  name: string,
  architectureClass: ArchitectureClass,
  settings: NetworkSettings,
  patchSize: readonly number[],
): StoredNetwork {
  const bad = (what: string, cause?: unknown) =>
    new NnUNetError('bad-architecture', {
      what,
      where: name,
      remedy: 'Correct the architecture. Nothing was trained.',
      cause,
    });
  let architecture: Architecture;
  let direct: Traced;
  try {
    architecture = new architectureClass(settings);
    direct = trace(architecture, { samples: 2, patchSize }, (what) => bad(what));
  } catch (cause) {
    if (isNnUNetError(cause)) throw cause;
    throw bad(`outputs failed: ${messageOf(cause)}`, cause);
  }
  if (direct.parameters.every(({ statistic }) => statistic)) throw bad('the network has no parameters to train');
  const attempt = (trials: readonly Trial[]) => {
    const made = trials.map((trial) => ({ trial, traced: trace(architecture, trial, bad) }));
    return generalise(made, direct, sizesOf(2, patchSize));
  };
  const fixed = [2, 4, 3].map((samples) => ({ samples, patchSize }));
  const free = silently(() => attempt(variedPatches(settings)));
  let network: StoredNetwork | undefined;
  try {
    const ofOnePatch = free === undefined ? attempt(fixed) : undefined;
    if (free !== undefined) network = { ...free, patchSize: [...patchSize] };
    else if (ofOnePatch !== undefined) network = { ...ofOnePatch, patchSize: [...patchSize], fixed: true };
    if (network !== undefined) requireOutputs({ architecture: name, ...settings, graph: network }, patchSize);
  } catch (cause) {
    if (isNnUNetError(cause, 'bad-architecture')) throw cause;
    throw bad(`the network cannot be made for every number of samples: ${messageOf(cause)}`, cause);
  }
  if (network !== undefined) return network;
  const again = silently(() => trace(architecture, { samples: 2, patchSize }, bad));
  if (again !== undefined && JSON.stringify(again) !== JSON.stringify(direct))
    throw bad('outputs is not the same each time: use no random numbers and no counters');
  throw bad('the architecture mixes samples: its computation is not the same for every number of samples');
}

/** A small patch that the poolings divide, changes of one size each, and one of all sizes. */
function variedPatches(settings: NetworkSettings): Trial[] {
  const divisors = patchDivisor(settings);
  const small = divisors.map((n) => 2 * n);
  return [
    { samples: 2, patchSize: small },
    { samples: 4, patchSize: small },
    ...small.map((_, axis) => ({ samples: 2, patchSize: small.map((n, i) => (i === axis ? 2 * n : n)) })),
    { samples: 3, patchSize: divisors.map((n, i) => (3 + i) * n) },
  ];
}

function silently<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch {
    return undefined;
  }
}

function generalise(
  made: readonly { trial: Trial; traced: Traced }[],
  direct: Traced,
  sizes: Sizes,
): Omit<StoredNetwork, 'patchSize'> | undefined {
  const pass = (of: 'training' | 'prediction') => {
    const examples = made.map(({ trial, traced }) => ({
      sizes: sizesOf(trial.samples, trial.patchSize),
      data: traced[of] as unknown as Json,
    }));
    return withSizes(examples as [SizedExample, ...SizedExample[]]) as unknown as StoredPass | undefined;
  };
  const shapes = ({ parameters }: Traced) => JSON.stringify(parameters.map(storeParameter));
  if (made.some(({ traced }) => shapes(traced) !== shapes(direct))) return undefined;
  const [training, prediction] = [pass('training'), pass('prediction')];
  if (training === undefined || prediction === undefined) return undefined;
  const isDirect = (pass: StoredPass, expected: StoredPass) => {
    const { nodes, outputs } = storeGraph(readGraph(atSizes(pass as unknown as Json, sizes), (e) => e));
    return JSON.stringify([nodes, outputs]) === JSON.stringify([expected.nodes, expected.outputs]);
  };
  if (!isDirect(training, direct.training) || !isDirect(prediction, direct.prediction)) return undefined;
  const same = JSON.stringify(training) === JSON.stringify(prediction);
  return { parameters: direct.parameters.map(storeParameter), training, ...(same ? {} : { prediction }) };
}

function trace(architecture: Architecture, trial: Trial, bad: (what: string) => NnUNetError): Traced {
  const declared = new DeclaredParameters();
  const training = tracePass(architecture, trial, { declared, trains: true, bad });
  const prediction = tracePass(architecture, trial, { declared: new DeclaredParameters(), trains: false, bad });
  return { parameters: declared.inOrder((layers) => architecture.layerOrder(layers)), training, prediction };
}

function tracePass(
  architecture: Architecture,
  { samples, patchSize }: Trial,
  options: { declared: DeclaredParameters; trains: boolean; bad: (what: string) => NnUNetError },
): StoredPass {
  const { declared, trains, bad } = options;
  const { settings } = architecture;
  const statistics: BatchStatistics[] = [];
  const dropouts: number[] = [];
  const made = new Set<Expression>();
  const known = (e: Expression) => {
    made.add(e);
    return e;
  };
  const x = known(input(names.data, [samples, settings.inputChannels, ...patchSize]));
  const layers = new Layers(settings, {
    declare: (parameter) => declared.declare(parameter),
    parameter: (name, shape) => known(declared.expression(name, shape)),
    ...(trains
      ? {
          onBatchStatistics: (s) => statistics.push(s),
          mask: (probability, shape) => known(input(names.masks(dropouts.push(probability) - 1), shape)),
        }
      : {}),
  });
  const given = architecture.outputs(x, layers);
  const fault = faultOfOutputs(given, settings, { samples, patchSize });
  if (fault !== null) throw bad(fault);
  const outputs = given.slice(0, outputShapes(settings, patchSize, samples).length);
  const all = [...outputs, ...statistics.flatMap(({ mean, variance }) => [mean, variance])];
  const foreign = reachable(all).find((e) => e.op === 'input' && !made.has(e));
  if (foreign !== undefined) throw bad('outputs depend on an input that is neither the data nor a parameter');
  // In training, batch norms may mix samples.
  const mixed = trains ? undefined : mixedSamples(x, outputs);
  if (mixed !== undefined) {
    const shapes = mixed.inputs.map(({ shape }) => shape.join(' x ')).join(' and ');
    throw bad(`the architecture mixes samples, those of the first axis: ${mixed.op} of ${shapes}`);
  }
  return {
    ...storeGraph(all),
    ...(statistics.length === 0
      ? {}
      : { statistics: statistics.map(({ norm, bias, count }) => ({ norm, ...(bias ? { bias } : {}), count })) }),
    ...(dropouts.length === 0 ? {} : { dropouts }),
  };
}
