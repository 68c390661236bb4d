import type { LoweredGraph } from '@nnunet/autodiff';
import type { DeviceName } from './device-name.ts';
import type { GraphSessionOptions, Runtime, RuntimeSession, RuntimeTensor } from './runtime.ts';

/** A lowered graph, loaded; values are passed by name. */
export class GraphSession {
  /** Its model is empty: the bytes, possibly many, are no longer needed. */
  readonly graph: LoweredGraph;
  readonly #runtime: Runtime;
  readonly #session: RuntimeSession;
  readonly #device: DeviceName;
  #released: Promise<void> | undefined;

  private constructor(
    runtime: Runtime,
    session: RuntimeSession,
    { graph, device }: { graph: LoweredGraph; device: DeviceName },
  ) {
    this.#runtime = runtime;
    this.#session = session;
    this.#device = device;
    this.graph = graph;
  }

  /**
   * Loads a graph on a device's provider. Memory patterns are off (less memory at the same speed). Idle threads spin
   * only for a few microseconds, the gap between two operators: longer spinning wastes CPU time under load.
   *
   * @throws NnUNetError 'memory-limit' if memory runs out
   */
  static async create(runtime: Runtime, graph: LoweredGraph, options: GraphSessionOptions = {}): Promise<GraphSession> {
    const { device = 'cpu', deviceId = 0, keep } = options;
    const place = (name: string) => [name, keep?.has(name) ? 'gpu-buffer' : 'cpu'] as const;
    const loading = runtime.load(graph.model, {
      executionProviders: [runtime.provider(device, deviceId)],
      ...(keep !== undefined && device === 'webgpu'
        ? { preferredOutputLocation: Object.fromEntries(graph.outputs.map(({ name }) => place(name))) }
        : {}),
      enableMemPattern: false,
      executionMode: 'sequential',
      intraOpNumThreads: options.threads ?? runtime.threads(),
      interOpNumThreads: 1,
      graphOptimizationLevel: (options.optimise ?? true) ? 'all' : 'disabled',
      // Its errors are thrown.
      logSeverityLevel: 4,
      extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '20' } } },
    });
    const session = await loading.catch((cause: unknown) => {
      throw runtime.explain(cause, device);
    });
    return new GraphSession(runtime, session, { graph: { ...graph, model: new Uint8Array(0) }, device });
  }

  /** @throws Error after `dispose` */
  requireOpen(): void {
    if (this.#released !== undefined) throw new Error('this session has been disposed of');
  }

  /**
   * Runs the graph; blocks the thread.
   *
   * @param values the graph's inputs by name; others are ignored
   * @throws NnUNetError 'memory-limit' if memory runs out
   */
  async run(values: Readonly<Record<string, RuntimeTensor>>): Promise<Record<string, RuntimeTensor>> {
    this.requireOpen();
    const feeds = this.graph.inputs.flatMap(({ name }) => (name in values ? [[name, values[name]!] as const] : []));
    try {
      return (await this.#session.run(Object.fromEntries(feeds))) as Record<string, RuntimeTensor>;
    } catch (cause) {
      throw this.#runtime.explain(cause, this.#device);
    }
  }

  /** Makes an input of the graph from an array of matching size. @throws RangeError for another name or size */
  tensor(name: string, data: Float32Array): RuntimeTensor {
    const port = this.graph.inputs.find((p) => p.name === name);
    if (port === undefined) throw new RangeError(`the graph has no input ${name}`);
    const size = port.shape.reduce((a, b) => a * b, 1);
    if (data.length !== size) {
      throw new RangeError(`${name} has ${data.length} numbers instead of ${port.shape.join(' x ')} = ${size}`);
    }
    return new this.#runtime.Tensor('float32', data, port.shape);
  }

  /**
   * Makes inputs from arrays by name. Leaves out those on which no output depends, since they are no inputs of the graph:
   * a target that a loss does not read, or the rate of an optimiser without one.
   */
  tensors(arrays: Readonly<Record<string, Float32Array>>): Record<string, RuntimeTensor> {
    const read = this.graph.inputs.flatMap(({ name }) => (Object.hasOwn(arrays, name) ? [name] : []));
    return Object.fromEntries(read.map((name) => [name, this.tensor(name, arrays[name]!)]));
  }

  /** Frees the session's memory; it cannot run again. Further calls have no effect. */
  dispose(): Promise<void> {
    this.#released ??= this.#session.release();
    return this.#released;
  }
}

/** Returns the values of an output. */
export function valuesOf(results: Readonly<Record<string, RuntimeTensor>>, output: string): Float32Array {
  return results[output]!.data as Float32Array;
}

export function scalarOf(results: Readonly<Record<string, RuntimeTensor>>, output: string): number {
  return valuesOf(results, output)[0]!;
}
