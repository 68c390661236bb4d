import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { LoweredGraph } from '@nnunet/autodiff';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DeviceName } from './device.ts';
import { runtimeError } from './runtime-error.ts';

/** Processor cores, not their hyper-threads, that this process may use. */
export function physicalCores(): number {
  const allowed = availableParallelism();
  try {
    const cores = new Set<string>();
    for (const processor of readFileSync('/proc/cpuinfo', 'utf8').split('\n\n')) {
      const core = /^core id\s*:\s*(\d+)$/m.exec(processor)?.[1];
      if (core !== undefined) cores.add(`${/^physical id\s*:\s*(\d+)$/m.exec(processor)?.[1]}/${core}`);
    }
    return cores.size === 0 ? allowed : Math.min(allowed, cores.size);
  } catch {
    return allowed;
  }
}

export interface GraphSessionOptions {
  /** Physical cores if not given. */
  threads?: number | undefined;
  /**
   * False: the graph runs as it is written; true if not given. The runtime's own rearrangements are worth it where weights
   * are stored in the graph; they make a blocked training step slower, for they join transpositions that are fast only one
   * after the other.
   */
  optimise?: boolean;
  /** 'cpu' if not given. Operators that another device lacks run on the CPU. */
  device?: DeviceName;
  /** With 'cuda': which GPU, as CUDA counts those that CUDA_VISIBLE_DEVICES leaves; 0 if not given. */
  deviceId?: number;
  /**
   * Outputs to leave in the memory of the device, to be given to a later run; for those their `dispose` must be called.
   * Only WebGPU can: elsewhere they come back to the program like the others.
   */
  keep?: ReadonlySet<string>;
}

/** A lowered graph, loaded: values go in and out under their names. */
export class GraphSession {
  readonly #session: InferenceSession;
  readonly #device: DeviceName;
  #released: Promise<void> | undefined;

  private constructor(
    readonly graph: LoweredGraph,
    session: InferenceSession,
    device: DeviceName,
  ) {
    this.#session = session;
    this.#device = device;
  }

  /**
   * Loads a graph on the provider of a device. Memory patterns are off (less memory at the same speed). Threads wait awake for
   * some microseconds alone, the gap between two operators: longer takes processor time under load.
   *
   * @throws NnUNetError 'memory-limit' where memory runs out
   */
  static async create(graph: LoweredGraph, options: GraphSessionOptions = {}): Promise<GraphSession> {
    const { device = 'cpu', deviceId = 0, keep } = options;
    const place = (name: string) => [name, keep?.has(name) ? 'gpu-buffer' : 'cpu'] as const;
    const session = await InferenceSession.create(graph.model, {
      executionProviders: [device === 'cuda' ? { name: device, deviceId } : device],
      ...(keep !== undefined && device === 'webgpu'
        ? { preferredOutputLocation: Object.fromEntries(graph.outputs.map(({ name }) => place(name))) }
        : {}),
      enableMemPattern: false,
      executionMode: 'sequential',
      intraOpNumThreads: options.threads ?? physicalCores(),
      interOpNumThreads: 1,
      graphOptimizationLevel: (options.optimise ?? true) ? 'all' : 'disabled',
      // Its errors are thrown.
      logSeverityLevel: 4,
      extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '20' } } },
    }).catch((cause: unknown) => {
      throw runtimeError(cause, device);
    });
    // The model's bytes are not needed any more, and may be large.
    return new GraphSession({ ...graph, model: new Uint8Array(0) }, session, device);
  }

  /** @throws Error after `dispose` */
  requireOpen(): void {
    if (this.#released !== undefined) throw new Error('this session has been disposed of');
  }

  /**
   * Runs the graph; blocks the thread until it is done.
   * @param values the graph's inputs by name; others are left
   * @throws NnUNetError 'memory-limit' where memory runs out
   */
  async run(values: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.requireOpen();
    const feeds = this.graph.inputs.flatMap(({ name }) => (name in values ? [[name, values[name]!] as const] : []));
    try {
      return (await this.#session.run(Object.fromEntries(feeds))) as Record<string, Tensor>;
    } catch (cause) {
      throw runtimeError(cause, this.#device);
    }
  }

  /**
   * An input of the graph from an array of its size.
   * @throws RangeError for another number of elements
   */
  tensor(name: string, data: Float32Array): Tensor {
    const port = this.graph.inputs.find((p) => p.name === name);
    if (port === undefined) throw new RangeError(`the graph has no input ${name}`);
    const size = port.shape.reduce((a, b) => a * b, 1);
    if (data.length !== size) {
      throw new RangeError(`${name} has ${data.length} numbers instead of ${port.shape.join(' x ')} = ${size}`);
    }
    return new Tensor('float32', data, port.shape);
  }

  /** Frees the session's memory; it cannot run again. Further calls do nothing. */
  dispose(): Promise<void> {
    this.#released ??= this.#session.release();
    return this.#released;
  }
}

/** The numbers of an output. */
export function valuesOf(results: Readonly<Record<string, Tensor>>, output: string): Float32Array {
  return results[output]!.data as Float32Array;
}

export function scalarOf(results: Readonly<Record<string, Tensor>>, output: string): number {
  return valuesOf(results, output)[0]!;
}
