import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { loadWebRuntime } from './web-runtime.ts';

/** A folder with what stands for the builds of onnxruntime-web. */
function builds(create = 'async () => "a session"'): string {
  const folder = temporaryFolder();
  for (const name of ['ort.wasm.min.mjs', 'ort.jspi.min.mjs', 'ort.webgpu.min.mjs'])
    writeFileSync(
      join(folder, name),
      `export const env = { wasm: {} }; globalThis.onnx = env.wasm;
      export const Tensor = '${name}'; export const InferenceSession = { create: ${create} };`,
    );
  return pathToFileURL(folder).href;
}

afterEach(() => vi.unstubAllGlobals());

it('loads the build that suits the browser, and all of it from one folder', async () => {
  const folder = builds();
  const buildOf = async (webgpu: boolean) => (await loadWebRuntime({ folder, threads: 3, webgpu })).Tensor;
  expect(await buildOf(false)).toBe('ort.wasm.min.mjs');
  expect(Object(globalThis).onnx).toEqual({ numThreads: 3, wasmPaths: `${folder}/` });
  vi.stubGlobal('WebAssembly', {});
  expect(await buildOf(true)).toBe('ort.webgpu.min.mjs');
  vi.stubGlobal('WebAssembly', { Suspending: class {} });
  expect(await buildOf(true)).toBe('ort.jspi.min.mjs');
  const runtime = await loadWebRuntime({ folder: `${folder}/`, threads: 3, webgpu: false });
  expect(Object(globalThis).onnx.wasmPaths).toBe(`${folder}/`);
  expect([runtime.threads(), runtime.provider('cpu', 0), runtime.provider('webgpu', 0)]).toEqual([3, 'wasm', 'webgpu']);
  expect(await runtime.load(new Uint8Array(), {})).toBe('a session');
});

it('says which file is missing, and when memory runs out', async () => {
  const folder = pathToFileURL(temporaryFolder()).href;
  await expect(loadWebRuntime({ folder, threads: 1, webgpu: false })).rejects.toMatchObject({
    tag: 'missing-file',
    where: `${folder}/ort.wasm.min.mjs`,
  });
  const { explain } = await loadWebRuntime({ folder: builds(), threads: 1, webgpu: false });
  // As Chromium, Emscripten and C++ say it.
  for (const text of ['Array buffer allocation failed', 'Aborted(OOM)', 'std::bad_alloc', 'could not allocate memory'])
    expect(explain(new Error(text), 'cpu')).toMatchObject({ tag: 'memory-limit' });
  const other = new Error('no kernel');
  expect(explain(other, 'cpu')).toBe(other);
});
