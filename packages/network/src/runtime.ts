import type { DeviceName } from './device-name.ts';

export interface GraphSessionOptions {
  /** Default: as many as the runtime computes fastest with; in Node the number of physical cores. */
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

// What is used of ONNX Runtime, in types of this package: its own declarations need those of a browser.

/** A tensor of ONNX Runtime. */
export interface RuntimeTensor {
  readonly dims: readonly number[];
  /** 'gpu-buffer': in device memory. */
  readonly location: string;
  /** A Float32Array, except in the probe of integers. */
  readonly data: unknown;
  dispose(): void;
}

/** A loaded graph. */
export interface RuntimeSession {
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

/** How a graph is loaded: what is used of ONNX Runtime's options of a session. */
export interface RuntimeSessionOptions {
  executionProviders?: readonly ExecutionProvider[];
  preferredOutputLocation?: Readonly<Record<string, 'cpu' | 'gpu-buffer'>>;
  enableMemPattern?: boolean;
  executionMode?: 'sequential';
  intraOpNumThreads?: number;
  interOpNumThreads?: number;
  graphOptimizationLevel?: 'all' | 'disabled';
  logSeverityLevel?: 4;
  extra?: Record<string, unknown>;
}

type ExecutionProvider = 'cpu' | 'cuda' | 'wasm' | 'webgpu' | { name: 'cuda'; deviceId: number };

/** A build of ONNX Runtime: that for Node or that for browsers. Everything else that runs graphs is the same in both. */
export interface Runtime {
  /** The class of its tensors. */
  readonly Tensor: new (
    type: 'float32' | 'uint8',
    data: Float32Array | Uint8Array,
    dims: readonly number[],
  ) => RuntimeTensor;
  /** Threads that a session uses unless it is told otherwise. */
  threads(): number;
  load(model: Uint8Array, options: RuntimeSessionOptions): Promise<RuntimeSession>;
  /** Returns the runtime's name for a device. */
  provider(device: DeviceName, deviceId: number): ExecutionProvider;
  /** Makes an error of the runtime one that users understand, where that is possible. */
  explain(cause: unknown, device: DeviceName): unknown;
}
