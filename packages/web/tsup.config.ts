import { cpSync, mkdirSync } from 'node:fs';
import type { Options } from 'tsup';
import { buildWithPage } from '../../tsup.base.ts';
import { licenseTexts } from './licenses/license-texts.ts';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Leaves out numcodecs, 1.4 MB of decompressors for Zarr: the page shows NIfTI alone. */
function withoutCodecs(): Plugin {
  return {
    name: 'without-codecs',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^numcodecs\// }, ({ path }) => ({ path, namespace: 'without-codecs' }));
      onLoad({ filter: /.*/, namespace: 'without-codecs' }, () => ({ contents: 'export default null' }));
    },
  };
}

/** What loads ONNX Runtime: WebAssembly alone, and with WebGPU where WebAssembly can wait for promises. */
const RUNTIME = [
  'ort.wasm.min.mjs',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
  'ort.jspi.min.mjs',
  'ort-wasm-simd-threaded.jspi.mjs',
  'ort-wasm-simd-threaded.jspi.wasm',
];

/** The scripts of workers, which their packages build. */
const WORKERS = [
  ['inference', 'predict-worker.js'],
  ['trainer', 'tuning-worker.js'],
] as const;

/** Puts beside the scripts what makes a whole site of them, except for a model. */
function wholeSite(): Plugin {
  return {
    name: 'whole-site',
    setup(build) {
      build.onEnd(() => {
        const site = 'dist/browser';
        mkdirSync(site, { recursive: true });
        cpSync('site', site, { recursive: true });
        for (const [name, worker] of WORKERS)
          cpSync(`node_modules/@nnunet/${name}/dist/browser/${worker}`, `${site}/${worker}`);
        for (const name of RUNTIME)
          cpSync(`node_modules/onnxruntime-web/dist/${name}`, `${site}/onnxruntime-web/${name}`);
      });
    },
  };
}

const licenses = licenseTexts({
  'dist/browser/third-party.txt': { of: /./, more: ['onnxruntime-web'] },
  'dist/browser/viewer-third-party.txt': { of: /viewer/ },
});

export default buildWithPage(
  ['page', 'policy', 'service-worker', 'viewer', 'image-worker'],
  [licenses, withoutCodecs(), wholeSite()],
);
