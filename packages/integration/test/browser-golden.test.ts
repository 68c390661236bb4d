import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { loadModel } from '@nnunet/inference/node';
import { concatenate, crc32, zipChunks } from '@nnunet/tensor/internal';
import { findChromium, QUIET_CHROMIUM } from '@nnunet/testing';
import type { Volume } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { type PageServer, servePages } from './page-server.ts';

const executablePath = findChromium();
const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));
const golden = join(shared, 'golden/models');
const built = existsSync(fileURLToPath(new URL('../../inference/dist/browser/predict-worker.js', import.meta.url)));
const RUNTIME = '/packages/integration/node_modules/onnxruntime-web/dist/';

/** A software driver that is part of Debian's Chromium, and what makes Chromium use it. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan,WebGPU'];

/** The driver compiles and computes every operator on the processor. */
const SLOW = 300_000;

/** Models that the real nnU-Nets trained, by the path at which the page finds them. */
const models: Record<string, string> = {
  '/lowres': 'v1/nnUNet/3d_lowres/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1',
  '/cascade': 'v1/nnUNet/3d_cascade_fullres/Task103_CT/nnUNetTrainerV2CascadeFullRes__nnUNetPlansv2.1',
  '/residual': 'v2/nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres',
};
const CASE = 'ct_10308';
const IMAGE = join(shared, `data/Task103_CT/imagesTs/${CASE}_0000.nii.gz`);

/** A model's folder with its first fold as an archive. */
function archive(folder: string): Uint8Array {
  const files = [
    ...readdirSync(folder).filter((name) => /^(plans|dataset)\./.test(name)),
    ...readdirSync(join(folder, 'fold_0')).map((name) => `fold_0/${name}`),
  ];
  const parts = files.map((name) => {
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    const stored = { method: 8, crc: crc32(bytes), size: bytes.length, compressed: [deflateRawSync(bytes)] };
    return { name: `${folder.split('/').slice(-2).join('/')}/${name}`, ...stored };
  });
  return concatenate(zipChunks(parts));
}

async function inNode(path: string, options: { previousSegmentation?: Volume<Uint8Array>; mirroring?: boolean } = {}) {
  const model = await loadModel(join(golden, models[path]!), { folds: [0], compute: { threads: 1 } });
  const prediction = await model.predict(await readVolume(IMAGE), options);
  await model.dispose();
  return prediction.labels() as Volume<Uint8Array>;
}

const differing = (found: ArrayLike<number>, expected: ArrayLike<number>) =>
  Math.abs(found.length - expected.length) +
  Array.from(expected).reduce((sum, label, i) => sum + (label === found[i] ? 0 : 1), 0);

describe.skipIf(executablePath === undefined || !built || !existsSync(golden))(
  'golden models in a page (skipped where there is no Chromium, or no ../shared/golden)',
  () => {
    const servers: PageServer[] = [];
    const browsers: Browser[] = [];
    afterAll(async () => {
      for (const browser of browsers) await browser.close();
      for (const server of servers) server.close();
    });

    async function open(args: readonly string[], paths: readonly string[]): Promise<Page> {
      const browser = await chromium.launch({ executablePath, timeout: 60_000, args: [...QUIET_CHROMIUM, ...args] });
      browsers.push(browser);
      const archives = paths.map((path) => [path, archive(join(golden, models[path]!))] as const);
      const files = { '/image': new Uint8Array(readFileSync(IMAGE)), ...Object.fromEntries(archives) };
      const server = await servePages({ isolated: true, files });
      servers.push(server);
      const page = await browser.newPage();
      page.setDefaultTimeout(0);
      await page.goto(server.address, { timeout: 60_000 });
      return page;
    }

    /** Runs code in the page, which has `predict`. As text: what it imports is of the page. */
    function run<T>(page: Page, code: string): Promise<T> {
      return page.evaluate(`(async () => {
      const { loadModel } = await import('@nnunet/inference');
      const image = new File([await (await fetch('/image')).arrayBuffer()], '${CASE}.nii.gz');
      const predict = async (path, device, options) => {
        const model = await loadModel(path, { runtime: '${RUNTIME}', device, threads: 1 });
        const labels = (await model.predict(image, options)).labels();
        model.dispose();
        return { labels, compute: model.compute };
      };
      ${code}
    })()`) as Promise<T>;
    }

    it('gives both stages of a cascade of v1 the labels that Node gives them', async () => {
      const page = await open(['--disable-gpu'], ['/lowres', '/cascade']);
      const found = await run<{ lowres: number[]; cascade: number[] }>(
        page,
        `const { labels: previousSegmentation } = await predict('/lowres', 'cpu');
      const { labels } = await predict('/cascade', 'cpu', { previousSegmentation });
      return { lowres: [...previousSegmentation.data], cascade: [...labels.data] };`,
      );
      const lowres = await inNode('/lowres');
      const cascade = await inNode('/cascade', { previousSegmentation: lowres });
      expect(found.lowres).toEqual([...lowres.data]);
      expect(found.cascade).toEqual([...cascade.data]);
      expect(differing(lowres.data, cascade.data)).toBeGreaterThan(100);
      const predicted = join(golden, 'v1/predicted/ct_3d_cascade_fullres');
      for (const [labels, file] of [
        [found.lowres, join(predicted, '3d_lowres_predictions', `${CASE}.nii.gz`)],
        [found.cascade, join(predicted, `${CASE}.nii.gz`)],
      ] as const) {
        const { data } = await readLabels(file);
        expect(differing(labels, data)).toBeLessThanOrEqual(data.length / 10_000);
      }
    });

    it.skipIf(!existsSync(SWIFTSHADER)).each(['/lowres', '/residual'])(
      'computes %s by WebGPU as in Node (skipped where there is no software driver)',
      async (path) => {
        const page = await open(WEBGPU, [path]);
        const { labels, compute } = await run<{ labels: number[]; compute: string }>(
          page,
          `const { labels, compute } = await predict('${path}', 'webgpu', { mirrorAxes: [] });
        return { labels: [...labels.data], compute };`,
        );
        expect(compute).toBe('WebGPU, as asked for.');
        const expected = (await inNode(path, { mirroring: false })).data;
        expect(expected.filter((label) => label !== 0).length).toBeGreaterThan(1000);
        expect(differing(labels, expected)).toBeLessThanOrEqual(1);
      },
      SLOW,
    );
  },
);
