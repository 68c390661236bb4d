import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeCheckpoint } from '@nnunet/inference/internal';
import { Model } from '@nnunet/inference/node';
import { describeNetwork, initialiseWeights } from '@nnunet/network';
import { counterRandom, encodeSafetensors } from '@nnunet/tensor';
import { findChromium, QUIET_CHROMIUM, tinyPlans } from '@nnunet/testing';
import { writeNifti } from '@nnunet/volume';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PageServer, servePages } from './page-server.ts';

const executablePath = findChromium();
const built = existsSync(fileURLToPath(new URL('../../inference/dist/browser/predict-worker.js', import.meta.url)));
const RUNTIME = '/packages/integration/node_modules/onnxruntime-web/dist/';

/** A software driver that is part of Debian's Chromium, and what makes Chromium use it. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan,WebGPU'];

/** The bytes of a model whose weights are drawn, not trained: two stages, three classes. */
function modelBytes(configuration = '3d_fullres'): Uint8Array {
  const plans = tinyPlans([8, 8, 8], { poolings: 1 });
  const inputChannels = configuration === '3d_cascade_fullres' ? 1 + plans.num_classes : 1;
  const network = describeNetwork(plans, 0, { inputChannels });
  const common = { trainer: 'nnUNetTrainerV2', configuration, stage: 0, nonlinearity: 'softmax' };
  const model = { ...common, plans, network, mirrorAxes: [0, 2], regionClassOrder: null, labels: { 1: 'head' } };
  const weights = [...initialiseWeights(network, 1)].map(([name, tensor]) => [`weight.${name}`, tensor] as const);
  return encodeSafetensors(new Map(weights), { nnunet: JSON.stringify({ version: 1, model }) });
}

/** An image of noise. */
function noise(shape: readonly [number, number, number]) {
  const data = counterRandom(3, 'image').fillNormal(new Float32Array(shape[0] * shape[1] * shape[2]), 1);
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  return { data: data.map((v) => v + 10), shape, spacing: [1.2, 1, 1] as const, origin: [1, 2, 3] as const, direction };
}

describe.skipIf(executablePath === undefined || !built)(
  'a model in a page (skipped where there is no Chromium)',
  () => {
    const model = modelBytes();
    const cascade = modelBytes('3d_cascade_fullres');
    const image = noise([14, 20, 12]);
    let browser: Browser;
    const servers: PageServer[] = [];

    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath,
        timeout: 60_000,
        args: [...QUIET_CHROMIUM, '--disable-gpu'],
      });
    });
    afterAll(async () => {
      await browser?.close();
      for (const server of servers) server.close();
    });

    async function open(
      isolated: boolean,
      within = browser,
    ): Promise<{ page: Page; server: PageServer; said: string[] }> {
      const file = new Uint8Array(await writeNifti(image));
      const files = {
        '/model.safetensors': model,
        '/cascade.safetensors': cascade,
        '/scan.nii': file,
        '/favicon.ico': new Uint8Array(),
      };
      const server = await servePages({ isolated, files });
      servers.push(server);
      const page = await within.newPage();
      page.setDefaultTimeout(110_000);
      const said: string[] = [];
      page.on('console', (message) => said.push(message.text()));
      page.on('pageerror', (error) => said.push(error.message));
      await page.goto(server.address, { timeout: 60_000 });
      return { page, server, said };
    }

    /** Runs code in the page, which has `load`, `predict`, `scan` and `fault`. As text: what it imports is of the page. */
    function run<T>(page: Page, code: string): Promise<T> {
      return page.evaluate(`(async () => {
      const { loadModel } = await import('@nnunet/inference');
      const load = (source, options) => loadModel(source, { runtime: '${RUNTIME}', ...options });
      const scan = new File([await (await fetch('/scan.nii')).arrayBuffer()], 'scan.nii');
      const fault = (promise) => promise.then(() => 'none', (e) => (e.tag ?? e.name) + ': ' + e.message);
      ${code}
    })()`) as Promise<T>;
    }

    async function inNode(options: { mirroring?: boolean } = {}) {
      const { description, weights } = decodeCheckpoint(model, 'model');
      const own = new Model(description, [weights], { compute: { lowering: 'plain', threads: 1 } });
      const prediction = await own.predict(image, options);
      await own.dispose();
      return { labels: prediction.labels(), softmax: prediction.softmax() };
    }

    it('labels an image as in Node, tells its progress and its choice, and never holds up the page', async () => {
      const { page, server, said } = await open(false);
      const found = await run<{
        labels: number[];
        shape: number[];
        softmax: number[];
        told: string[];
        longest: number;
        noticed: number;
        compute: string;
        facts: unknown;
        choices: string;
      }>(
        page,
        `const model = await load('/model.safetensors');
      const tasks = [];
      new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: 'longtask' });
      const longestTask = async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        return Math.max(0, ...tasks.splice(0).map(({ duration }) => duration));
      };
      // What was done to get here is no task of a prediction.
      await longestTask();
      const told = [];
      const onProgress = ({ what, done, total }) => told.push(what + ' ' + done + '/' + total);
      const prediction = await model.predict(scan, { onProgress });
      const whole = await model.predict(scan, { probabilities: true });
      const longest = await longestTask();
      for (const end = performance.now() + 120; performance.now() < end; );
      const noticed = await longestTask();
      const same = whole.labels().data.every((label, i) => label === prediction.labels().data[i]);
      if (!same) throw new Error('labels differ where probabilities are kept');
      const { data, shape } = prediction.labels();
      const { version, channels, channelNames, labelNames, folds, mirrorAxes, compute } = model;
      model.dispose();
      return {
        labels: [...data], shape, told, longest, noticed, compute, softmax: [...whole.softmax().data],
        facts: { version, channels, channelNames, labelNames, folds, mirrorAxes },
        choices: await fault(model.predict(scan)) + '|' + await fault(Promise.resolve().then(() => prediction.softmax())),
      };`,
      );
      const expected = await inNode();
      expect(found.shape).toEqual([14, 20, 12]);
      expect(found.labels).toEqual([...expected.labels.data]);
      const off = found.softmax.map((p, i) => Math.abs(p - expected.softmax.data[i]!));
      expect(Math.max(...off)).toBeLessThan(1e-4);
      expect(found.told[0]).toBe('reading 0/1');
      expect(found.told[1]).toBe('reading 1/1');
      const evaluations = found.told.slice(2);
      expect(evaluations.every((text) => /^predicting \d+\/\d+$/.test(text))).toBe(true);
      const [done, total] = evaluations.at(-1)!.slice('predicting '.length).split('/');
      expect(done).toBe(total);
      expect(found.longest).toBeLessThan(100);
      expect(found.noticed).toBeGreaterThanOrEqual(120);
      expect(found.compute).toMatch(
        /^WebAssembly in one thread \(the page is not isolated from other origins\)\. .*\. No WebGPU: .*\.$/,
      );
      expect(found.facts).toEqual({
        version: 1,
        channels: 1,
        channelNames: ['MRI'],
        labelNames: { 1: 'head' },
        folds: 1,
        mirrorAxes: [0, 2],
      });
      expect(found.choices).toMatch(
        /^thread-ended: the model has been disposed of.*\|usage: the probabilities were not kept/s,
      );
      expect(said).toEqual([]);
      // WebAssembly alone is loaded, in its small form.
      const runtime = server.requests
        .filter((path) => path.startsWith(RUNTIME))
        .map((path) => path.slice(RUNTIME.length));
      expect([...new Set(runtime)].sort()).toEqual([
        'ort-wasm-simd-threaded.mjs',
        'ort-wasm-simd-threaded.wasm',
        'ort.wasm.min.mjs',
      ]);
      await page.close();
    });

    it('says what is wrong with files, refuses what does not fit, stops when told to, and goes on', async () => {
      const { page } = await open(false);
      const found = await run<Record<string, string> & { again: number; seen: number }>(
        page,
        `const bytes = new Uint8Array(await (await fetch('/model.safetensors')).arrayBuffer());
      const faults = {
        noModel: await fault(load('/none.safetensors')),
        cutModel: await fault(load(bytes.subarray(0, 5000))),
        noRuntime: await fault(load(bytes, { runtime: '/nowhere' })),
        noWorker: await fault(load(bytes, { worker: '/nowhere.js' })),
        noGpu: await fault(load(bytes, { device: 'webgpu' })),
        largeModel: await fault(load(bytes, { maxMemory: 1000 })),
        aborted: await fault(load(bytes, { signal: AbortSignal.abort() })),
      };
      const model = await load(new File([bytes], 'm.safetensors'), { maxMemory: 200e6 });
      const content = new Uint8Array(await scan.arrayBuffer());
      const changed = (change) => { const copy = content.slice(); change(new DataView(copy.buffer)); return new File([copy], 'bad.nii'); };
      const huge = changed((view) => [42, 44, 46].forEach((at) => view.setInt16(at, 32000, true)));
      const zipped = new Response(new Blob([new Uint8Array(1e6)]).stream().pipeThrough(new CompressionStream('gzip')));
      faults.cutImage = await fault(model.predict(scan.slice(0, 3000)));
      faults.noImage = await fault(model.predict(new File(['no image'], 'note.txt')));
      faults.hugeImage = await fault(model.predict(huge));
      faults.zeros = await fault(model.predict(await zipped.blob()));
      faults.twoImages = await fault(model.predict([scan, scan]));
      faults.mode = await fault(model.predict(scan, { mode: 'slow' }));
      const stop = new AbortController();
      let seen = 0;
      const onProgress = ({ what }) => { if (what === 'predicting') { seen++; stop.abort(); } };
      faults.stopped = await fault(model.predict(scan, { signal: stop.signal, onProgress }));
      const { data } = (await model.predict(scan, { mirrorAxes: [] })).labels();
      return { ...faults, seen, again: data.length };`,
      );
      expect(found.noModel).toMatch(
        /^missing-file: http.*none\.safetensors: cannot be read \(the server answers 404\)\n/,
      );
      expect(found.cutModel).toMatch(/^bad-safetensors: the model: /);
      expect(found.noRuntime).toMatch(
        /^missing-file: http.*\/nowhere\/ort\.wasm\.min\.mjs: ONNX Runtime could not be loaded/,
      );
      expect(found.noWorker).toMatch(
        /^thread-ended: http.*nowhere\.js: the worker of the model could not be started, or ended/,
      );
      expect(found.noGpu).toMatch(/^missing-device: WebGPU cannot be used: /);
      expect(found.largeModel).toMatch(/^memory-limit: the model: has \d+ kB or more, but 1 kB are allowed/);
      expect(found.aborted).toMatch(/^AbortError/);
      expect(found.cutImage).toMatch(/^bad-nifti: image 0 of case: is cut off/);
      expect(found.noImage).toMatch(/^bad-nifti: note\.txt: /);
      expect(found.hugeImage).toMatch(
        /^memory-limit: case: preprocessing the case needs about \d+\.\d GB, and the program with its network 1\d\d MB: .*, but 200 MB are allowed/,
      );
      expect(found.zeros).toMatch(/^bad-nifti: image 0 of case: /);
      expect(found.twoImages).toMatch(/^bad-case: /);
      expect(found.mode).toMatch(/^usage: /);
      expect(found.stopped).toMatch(/^AbortError/);
      expect(found.seen).toBe(1);
      expect(found.again).toBe(14 * 20 * 12);
      await page.close();
    });

    it('gives the second stage of a cascade the labels of the first, as in Node', async () => {
      const { page } = await open(false);
      const { shape } = image;
      const previous = Uint8Array.from(image.data, (_, i) => (i % 12 < 6 ? i % 3 : 0));
      const labels = { ...image, data: previous };
      const found = await run<{ labels: number[]; missing: string }>(
        page,
        `const model = await load('/cascade.safetensors');
      const volume = { ...${JSON.stringify({ ...image, data: null })}, data: Uint8Array.from(${JSON.stringify([...previous])}) };
      const missing = await fault(model.predict(scan));
      const { data } = (await model.predict(scan, { previousSegmentation: volume })).labels();
      return { labels: [...data], missing };`,
      );
      expect(found.missing).toMatch(/^missing-previous-stage: /);
      const { description, weights } = decodeCheckpoint(cascade, 'cascade');
      const own = new Model(description, [weights], { compute: { lowering: 'plain', threads: 1 } });
      const [withThem, without] = await Promise.all(
        [labels, { data: previous.map(() => 0), shape }].map(async (previousSegmentation) => {
          const prediction = await own.predict(image, { previousSegmentation });
          return [...prediction.labels().data];
        }),
      );
      await own.dispose();
      expect(found.labels).toEqual(withThem);
      expect(found.labels).not.toEqual(without);
      await page.close();
    });

    it('computes in threads where the page is isolated', async () => {
      const { page } = await open(true);
      const { labels, compute } = await run<{ labels: number[]; compute: string }>(
        page,
        `const model = await load(new URL('/model.safetensors', location.href), { threads: 2 });
      const { data } = (await model.predict(new Uint8Array(await scan.arrayBuffer()))).labels();
      return { labels: [...data], compute: model.compute };`,
      );
      expect(compute).toMatch(/^WebAssembly in (2 threads|one thread)\. /);
      expect(labels).toEqual([...(await inNode()).labels.data]);
      await page.close();
    });

    it.skipIf(!existsSync(SWIFTSHADER))(
      'computes by WebGPU where it is asked for (needs a software driver)',
      async () => {
        const gpu = await chromium.launch({ executablePath, timeout: 60_000, args: [...QUIET_CHROMIUM, ...WEBGPU] });
        try {
          const { page } = await open(true, gpu);
          const { labels, compute } = await run<{ labels: number[]; compute: string }>(
            page,
            `const model = await load('/model.safetensors', { device: 'webgpu', threads: 1 });
        const { data } = (await model.predict(scan, { mirrorAxes: [] })).labels();
        return { labels: [...data], compute: model.compute };`,
          );
          expect(compute).toBe('WebGPU, as asked for.');
          const expected = (await inNode({ mirroring: false })).labels.data;
          expect(labels.filter((label, i) => label !== expected[i]).length).toBeLessThan(3);
        } finally {
          await gpu.close();
        }
      },
    );
  },
);
