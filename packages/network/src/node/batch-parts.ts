import { type Expression, type LoweredGraph, type LoweringFactory, lower } from '@nnunet/autodiff';
import { GraphThread } from './graph-thread.ts';
import type { GraphSessionOptions } from './run-graph.ts';
import { SharedStore } from './shared-store.ts';
import type { TrainingBatch } from './training-session.ts';

/** A thread, the samples it takes of each batch, and what only it reads and writes. */
interface Part {
  thread: GraphThread;
  first: number;
  count: number;
  own: SharedStore;
}

export interface BatchPartsOptions {
  batchSize: number;
  /** At most `batchSize`. */
  parts: number;
  lowering: LoweringFactory | undefined;
  /** Of the sessions of a part, counted from 0. */
  session(part: number): GraphSessionOptions;
  /** Whether an input is read by all parts from one array; else each part has its own. */
  isCommon(input: string): boolean;
}

/** The parts of a batch, each computed in a thread of its own: as equal as they can be, the larger ones first. */
export class BatchParts {
  /** What all parts read. */
  readonly common = new SharedStore();
  private readonly parts: readonly Part[];

  constructor(private readonly options: BatchPartsOptions) {
    const { batchSize, parts } = options;
    const firstOf = (part: number) => part * Math.floor(batchSize / parts) + Math.min(part, batchSize % parts);
    this.parts = Array.from({ length: parts }, (_, i) => ({
      thread: new GraphThread(),
      first: firstOf(i),
      count: firstOf(i + 1) - firstOf(i),
      own: new SharedStore(),
    }));
  }

  /**
   * Loads a graph in every thread.
   * @param build the graph for a number of samples
   * @returns the graph of the first part, for the names of its inputs and outputs
   */
  async load(key: string, build: (samples: number) => Record<string, Expression>): Promise<LoweredGraph> {
    const { lowering, session, isCommon } = this.options;
    const graphs = new Map<number, LoweredGraph>();
    for (const { count } of this.parts) {
      if (graphs.has(count)) continue;
      graphs.set(count, lower(build(count), lowering === undefined ? {} : { lowering }));
    }
    const loading = this.parts.map(({ thread, count, own }, part) => {
      const graph = graphs.get(count)!;
      const array = ({ name, shape }: LoweredGraph['inputs'][number]) => {
        const store = isCommon(name) ? this.common : own;
        return [name, store.array(name, shape)] as const;
      };
      const inputs = Object.fromEntries(graph.inputs.map(array));
      const outputs = Object.fromEntries(graph.outputs.map(({ name, shape }) => [name, own.array(name, shape)]));
      return thread.load(key, graph, { inputs, outputs }, session(part));
    });
    await Promise.all(loading);
    return graphs.get(this.parts[0]!.count)!;
  }

  /** Runs a graph in every thread. */
  async run(key: string): Promise<void> {
    await Promise.all(this.parts.map(({ thread }) => thread.run(key)));
  }

  /**
   * Gives each part its samples of a batch.
   * @throws RangeError for arrays of another size, or a target that is missing
   */
  share({ data, targets }: TrainingBatch): void {
    const inputs = this.parts[0]!.own.names().flatMap((name) => {
      if (name === 'data') return [{ name, values: data }];
      const output = /^target(\d+)$/.exec(name)?.[1];
      if (output === undefined) return [];
      const values = targets[Number(output)];
      if (values === undefined) throw new RangeError(`the batch has no target for output ${output}`);
      return [{ name, values }];
    });
    for (const { name, values } of inputs) {
      const size = this.parts.reduce((sum, { own }) => sum + own.get(name)!.length, 0);
      if (values.length !== size) throw new RangeError(`${name} has ${values.length} numbers instead of ${size}`);
      const perSample = size / this.options.batchSize;
      for (const { own, first, count } of this.parts) {
        own.get(name)!.set(values.subarray(first * perSample, (first + count) * perSample));
      }
    }
  }

  /** An output added up over the parts, always in the same order. */
  addUp(output: string, to: Float32Array): Float32Array {
    to.set(this.parts[0]!.own.get(output)!);
    for (const { own } of this.parts.slice(1)) {
      const from = own.get(output)!;
      for (let i = 0; i < to.length; i++) to[i]! += from[i]!;
    }
    return to;
  }

  /** An output of the first part. */
  first(output: string): Float32Array {
    return this.parts[0]!.own.get(output)!;
  }

  async close(): Promise<void> {
    await Promise.all(this.parts.map(({ thread }) => thread.close()));
  }
}
