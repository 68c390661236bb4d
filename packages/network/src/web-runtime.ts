import { NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import type * as OnnxRuntime from 'onnxruntime-common';
import type { Runtime } from './runtime.ts';
import { NO_MEMORY } from './runtime-error.ts';

export interface WebRuntimeOptions {
  /** Address of the folder with the files of the npm package onnxruntime-web (its `dist`). */
  folder: string;
  /** More than one need a page that is isolated from other origins. */
  threads: number;
  /** Whether WebGPU is also to be used, which takes a larger WebAssembly file. */
  webgpu: boolean;
}

/**
 * Loads onnxruntime-web; nothing is loaded from anywhere but `folder`. Only one can be loaded per thread.
 *
 * @throws NnUNetError 'missing-file' if its files are not there
 */
export async function loadWebRuntime({ folder, threads, webgpu }: WebRuntimeOptions): Promise<Runtime> {
  const base = folder.endsWith('/') ? folder : `${folder}/`;
  const file = `${base}${webgpu ? webgpuBuild() : 'ort.wasm.min.mjs'}`;
  const ort = await (import(/* @vite-ignore */ file) as Promise<typeof OnnxRuntime>).catch((cause: unknown) => {
    throw new NnUNetError('missing-file', {
      what: `ONNX Runtime could not be loaded (${messageOf(cause)})`,
      where: file,
      remedy: 'Put the files of the npm package onnxruntime-web (its folder dist) there, on the origin of the page.',
      cause,
    });
  });
  Object.assign(ort.env.wasm, { numThreads: threads, wasmPaths: base });
  return {
    Tensor: ort.Tensor,
    threads: () => threads,
    load: (model, options) => ort.InferenceSession.create(model, options),
    provider: (device) => (device === 'cpu' ? 'wasm' : device),
    explain,
  };
}

/** Where WebAssembly can wait for promises, the file is smaller by 10 MB. */
function webgpuBuild(): string {
  return 'Suspending' in WebAssembly ? 'ort.jspi.min.mjs' : 'ort.webgpu.min.mjs';
}

function explain(cause: unknown): unknown {
  if (!NO_MEMORY.test(messageOf(cause))) return cause;
  return new NnUNetError('memory-limit', {
    what: 'the memory of a browser tab is too small for the network',
    remedy: 'Close other tabs and try again, use a model with a smaller patch, or predict with nnUNet_predict.',
    cause,
  });
}
