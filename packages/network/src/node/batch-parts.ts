import { type LoweredGraph, type LoweringFactory, lower } from '@nnunet/autodiff';
import { sizeOf } from '@nnunet/tensor';
import { builtWorker, Thread } from '@nnunet/threads/node';
import { type BatchInput, byInputName, type NetworkGraph } from '../network-graph.ts';
import type { GraphSessionOptions } from '../runtime.ts';
import { batchInputs, type TrainingBatch } from '../training-batch.ts';
import type { GraphRequest } from './loaded-graphs.ts';

/** Named arrays shared between threads. */
class SharedStore {
  readonly #arrays = new Map<string, Float32Array>();

  /** Returns the array of a name, creating it with zeros if it does not exist. */
  array(name: string, shape: readonly number[]): Float32Array {
    const known = this.#arrays.get(name);
    if (known !== undefined) return known;
    const made = new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * sizeOf(shape)));
    this.#arrays.set(name, made);
    return made;
  }

  get(name: string): Float32Array | undefined {
    return this.#arrays.get(name);
  }
}

/** A thread, the samples it takes of each batch, and the data that only it reads and writes. */
interface Part {
  ask(request: GraphRequest): Promise<void>;
  end(): Promise<void>;
  first: number;
  count: number;
  own: SharedStore;
}

export interface BatchPartsOptions {
  batchSize: number;
  /** At most `batchSize`. */
  parts: number;
  lowering: LoweringFactory | undefined;
  /** For the session of a part, counted from 0. */
  session(part: number): GraphSessionOptions;
}

/** The parts of a batch, each computed in its own thread: as equal as possible, larger ones first. */
export class BatchParts {
  /** Arrays read by all parts. */
  readonly common = new SharedStore();
  readonly #options: BatchPartsOptions;
  readonly #parts: readonly [Part, ...Part[]];
  /** The batch inputs of the graphs: the same for all of them. */
  #inputs: NetworkGraph<BatchInput>['inputs'] | undefined;

  constructor(options: BatchPartsOptions) {
    const { batchSize, parts } = options;
    const part = (i: number): Part => {
      const firstOf = (k: number) => k * Math.floor(batchSize / parts) + Math.min(k, batchSize % parts);
      const thread = new Thread<GraphRequest, void>(builtWorker(import.meta.url, 'graph-worker'));
      return {
        ask: (request) => thread.call(request, { name: `part ${i} of the batch` }),
        end: () => thread.terminate(),
        first: firstOf(i),
        count: firstOf(i + 1) - firstOf(i),
        own: new SharedStore(),
      };
    };
    this.#options = options;
    this.#parts = [part(0), ...Array.from({ length: parts - 1 }, (_, i) => part(i + 1))];
  }

  /**
   * Loads a graph in every thread. Each part has its own samples of the batch; all other arrays are shared.
   *
   * @param build makes the graph for a number of samples
   * @returns the graph of the first part
   */
  async load<G extends NetworkGraph<BatchInput>>(key: string, build: (samples: number) => G): Promise<G> {
    const { lowering, session } = this.#options;
    const graphs = new Map<number, { built: G; lowered: LoweredGraph }>();
    const graphOf = (samples: number) => {
      const known = graphs.get(samples);
      if (known !== undefined) return known;
      const built = build(samples);
      const made = { built, lowered: lower(built.outputs, { lowering }) };
      graphs.set(samples, made);
      return made;
    };
    const { built: first } = graphOf(this.#parts[0].count);
    const { data, targets, masks } = first.inputs;
    this.#inputs = { data, targets, masks };
    const perPart = byInputName(this.#inputs);
    const loading = this.#parts.map(({ ask, count, own }, part) => {
      const { lowered } = graphOf(count);
      const inputs = lowered.inputs.map(
        ({ name, shape }) => [name, (name in perPart ? own : this.common).array(name, shape)] as const,
      );
      const outputs = lowered.outputs.map(({ name, shape }) => [name, own.array(name, shape)] as const);
      const ports = { inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) };
      return ask({ kind: 'load', key, graph: lowered, ...ports, options: session(part) });
    });
    await Promise.all(loading);
    return first;
  }

  /** Runs a graph in every thread. */
  async run(key: string): Promise<void> {
    await Promise.all(this.#parts.map(({ ask }) => ask({ kind: 'run', key })));
  }

  /**
   * Gives each part its samples of a batch; call after loading a graph.
   *
   * @param masks of the whole batch, by number of the dropout
   * @throws RangeError for arrays of another size, or a missing target
   */
  share(batch: TrainingBatch, masks: ReadonlyMap<number, Float32Array> = new Map()): void {
    for (const [name, values] of Object.entries(byInputName({ ...batchInputs(this.#inputs!, batch), masks }))) {
      // Such as the mask of a dropout before an output without weight.
      if (this.#parts[0].own.get(name) === undefined) continue;
      const size = this.#parts.reduce((sum, { own }) => sum + own.get(name)!.length, 0);
      if (values.length !== size) throw new RangeError(`${name} has ${values.length} numbers instead of ${size}`);
      const perSample = size / this.#options.batchSize;
      for (const { own, first, count } of this.#parts) {
        own.get(name)!.set(values.subarray(first * perSample, (first + count) * perSample));
      }
    }
  }

  /** Adds up an output over the parts, always in the same order. */
  addUp(output: string, to: Float32Array): Float32Array {
    const [first, ...others] = this.#parts;
    to.set(first.own.get(output)!);
    for (const { own } of others) {
      const from = own.get(output)!;
      for (let i = 0; i < to.length; i++) to[i]! += from[i]!;
    }
    return to;
  }

  /** Returns an output of the first part. */
  first(output: string): Float32Array {
    return this.#parts[0].own.get(output)!;
  }

  /** Frees loaded graphs and ends the threads. */
  async close(): Promise<void> {
    const closing = this.#parts.map(({ ask, end }) =>
      ask({ kind: 'free' })
        .catch(() => undefined)
        .then(end),
    );
    await Promise.all(closing);
  }
}
