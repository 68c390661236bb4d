import { readFileSync } from 'node:fs';
import type { LoweredGraph } from '@nnunet/autodiff';
import { usableProcessors } from '@nnunet/threads/node/internal';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DeviceName } from './device.ts';
import { runtimeError } from './runtime-error.ts';
import { switchOffTelemetry } from './telemetry.ts';

/** Returns the number of CPU cores, not hyper-threads, that this process may use. */
export function physicalCores(): number {
  const allowed = usableProcessors();
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
  /** Default: the number of physical cores. */
  threads?: number | undefined;
  /**
   * Whether the runtime may rearrange the graph. This pays off if weights are stored in the graph; it makes a blocked
   * training step slower, because it merges transpositions that are only fast one after the other. Default: true.
   */
  optimise?: boolean;
  /** Operators that another device lacks run on the CPU. Default: 'cpu'. */
  device?: DeviceName;
  /** With 'cuda': the number of the GPU, among those that CUDA_VISIBLE_DEVICES leaves. Default: 0. */
  deviceId?: number;
  /**
   * Outputs to keep in device memory as inputs of a later run; call their `dispose`. Only works with WebGPU: on other
   * devices they are returned to the program like the others.
   */
  keep?: ReadonlySet<string>;
}

/** A lowered graph, loaded; values are passed by name. */
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
   * Loads a graph on a device's provider. Memory patterns are off (less memory at the same speed). Idle threads spin
   * only for a few microseconds, the gap between two operators: longer spinning wastes CPU time under load.
   *
   * @throws NnUNetError 'memory-limit' if memory runs out
   */
  static async create(graph: LoweredGraph, options: GraphSessionOptions = {}): Promise<GraphSession> {
    const { device = 'cpu', deviceId = 0, keep } = options;
    const place = (name: string) => [name, keep?.has(name) ? 'gpu-buffer' : 'cpu'] as const;
    switchOffTelemetry();
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
    // The model's bytes, possibly many, are no longer needed.
    return new GraphSession({ ...graph, model: new Uint8Array(0) }, session, device);
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
  async run(values: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.requireOpen();
    const feeds = this.graph.inputs.flatMap(({ name }) => (name in values ? [[name, values[name]!] as const] : []));
    try {
      return (await this.#session.run(Object.fromEntries(feeds))) as Record<string, Tensor>;
    } catch (cause) {
      throw runtimeError(cause, this.#device);
    }
  }

  /** Makes an input of the graph from an array of matching size. @throws RangeError for another name or size */
  tensor(name: string, data: Float32Array): Tensor {
    const port = this.graph.inputs.find((p) => p.name === name);
    if (port === undefined) throw new RangeError(`the graph has no input ${name}`);
    const size = port.shape.reduce((a, b) => a * b, 1);
    if (data.length !== size) {
      throw new RangeError(`${name} has ${data.length} numbers instead of ${port.shape.join(' x ')} = ${size}`);
    }
    return new Tensor('float32', data, port.shape);
  }

  /**
   * Makes inputs from arrays by name. Leaves out those on which no output depends, since they are no inputs of the graph:
   * a target that a loss does not read, or the rate of an optimiser without one.
   */
  tensors(arrays: Readonly<Record<string, Float32Array>>): Record<string, Tensor> {
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
export function valuesOf(results: Readonly<Record<string, Tensor>>, output: string): Float32Array {
  return results[output]!.data as Float32Array;
}

export function scalarOf(results: Readonly<Record<string, Tensor>>, output: string): number {
  return valuesOf(results, output)[0]!;
}
