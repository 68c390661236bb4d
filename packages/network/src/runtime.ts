import type { InferenceSession, TensorConstructor } from 'onnxruntime-common';
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

/** A build of ONNX Runtime: that for Node or that for browsers. Everything else that runs graphs is the same in both. */
export interface Runtime {
  /** The class of its tensors. */
  readonly Tensor: TensorConstructor;
  /** Threads that a session uses unless it is told otherwise. */
  threads(): number;
  load(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  /** Returns the runtime's name for a device. */
  provider(device: DeviceName, deviceId: number): InferenceSession.ExecutionProviderConfig;
  /** Makes an error of the runtime one that users understand, where that is possible. */
  explain(cause: unknown, device: DeviceName): unknown;
}
