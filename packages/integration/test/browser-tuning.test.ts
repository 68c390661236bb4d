import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeCheckpoint, readModelFile } from '@nnunet/inference/internal';
import { Model } from '@nnunet/inference/node';
import { describeNetwork, initialiseWeights } from '@nnunet/network';
import { nodeRuntime } from '@nnunet/network/node/internal';
import { counterRandom, encodeSafetensors } from '@nnunet/tensor';
import { findChromium, QUIET_CHROMIUM, tinyPlans } from '@nnunet/testing';
import { Tuning } from '@nnunet/trainer/internal';
import { readNifti, writeNifti } from '@nnunet/volume';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PageServer, servePages } from './page-server.ts';

const executablePath = findChromium();
const built = existsSync(fileURLToPath(new URL('../../trainer/dist/browser/tuning-worker.js', import.meta.url)));
const RUNTIME = '/packages/integration/node_modules/onnxruntime-web/dist/';

/** The bytes of a model for slices whose weights are drawn, not trained. */
function modelBytes(): Uint8Array {
  const plans = tinyPlans([8, 8]);
  const network = describeNetwork(plans, 0);
  const common = { trainer: 'nnUNetTrainerV2', configuration: '2d', stage: 0, nonlinearity: 'softmax' };
  const model = { ...common, plans, network, mirrorAxes: [0, 1], regionClassOrder: null };
  const weights = [...initialiseWeights(network, 1)].map(([name, tensor]) => [`weight.${name}`, tensor] as const);
  return encodeSafetensors(new Map(weights), { nnunet: JSON.stringify({ version: 1, model }) });
}

/** Files of an image with two blobs in noise, and of their labels. */
async function caseFiles(number: number): Promise<{ image: Uint8Array; labels: Uint8Array }> {
  const labels = new Uint8Array(10 * 14 * 12);
  const data = counterRandom(number, 'case').fillNormal(new Float32Array(labels.length), 0.2);
  for (let i = 0; i < labels.length; i++) {
    const [z, y, x] = [Math.floor(i / 168), Math.floor(i / 12) % 14, i % 12];
    const distance = (z - 5) ** 2 + (y - 6 - number) ** 2 + (x - 5) ** 2;
    labels[i] = distance < 7 ? 2 : distance < 25 ? 1 : 0;
    data[i]! += labels[i]!;
  }
  const geometry = { shape: [10, 14, 12], spacing: [1, 1, 1], origin: [0, 0, 0] } as const;
  const volume = { ...geometry, direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  const written = [await writeNifti({ ...volume, data }), await writeNifti({ ...volume, data: labels })];
  const [image, map] = written.map((bytes) => new Uint8Array(bytes));
  return { image: image!, labels: map! };
}

describe.skipIf(executablePath === undefined || !built)(
  'fine-tuning in a page (skipped where there is no Chromium)',
  () => {
    const model = modelBytes();
    let browser: Browser;
    let server: PageServer;
    let page: Page;
    const cases: Awaited<ReturnType<typeof caseFiles>>[] = [];

    beforeAll(async () => {
      for (const number of [0, 1]) cases.push(await caseFiles(number));
      const files: Record<string, Uint8Array> = { '/model': model, '/favicon.ico': new Uint8Array() };
      for (const [n, { image, labels }] of cases.entries()) {
        Object.assign(files, { [`/image${n}`]: image, [`/labels${n}`]: labels });
      }
      server = await servePages({ files });
      browser = await chromium.launch({ executablePath, timeout: 60_000, args: [...QUIET_CHROMIUM, '--disable-gpu'] });
      page = await browser.newPage();
      page.setDefaultTimeout(110_000);
      await page.goto(server.address, { timeout: 60_000 });
    });
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    /** Runs code in the page, which has `prepare`, `bytes`, `cases` and `fault`. As text: what it imports is of the page. */
    function run<T>(code: string): Promise<T> {
      return page.evaluate(`(async () => {
      const { prepareFineTuning } = await import('@nnunet/trainer');
      const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
      const prepare = (model, cases, options) => prepareFineTuning(model, cases, { runtime: '${RUNTIME}', ...options });
      const cases = [];
      for (const n of [0, 1]) cases.push({ images: await bytes('/image' + n), labels: await bytes('/labels' + n), id: 'case_' + n });
      const fault = (promise) => promise.then(() => 'none', (e) => (e.tag ?? e.name) + ': ' + e.message);
      ${code}
    })()`) as Promise<T>;
    }

    it('takes the same steps as in Node, and makes a model that predicts there', async () => {
      const settings = { epochs: 2, iterationsPerEpoch: 2, validationIterationsPerEpoch: 1, seed: 5 };
      const found = await run<{
        model: number[];
        losses: number[];
        dice: number[];
        prepared: string[];
        facts: unknown[];
      }>(
        `const prepared = [];
      const onProgress = ({ what, done, total }) => prepared.push(what + ' ' + done + '/' + total);
      const tuning = await prepare('/model', cases, { onProgress });
      const [losses, dice] = [[], []];
      const { model, result } = await tuning.train({
        ...${JSON.stringify(settings)},
        onProgress: ({ phase, loss }) => { if (phase === 'training') losses.push(loss); },
        onEpoch: ({ metric }) => dice.push(metric),
      });
      const { batchSize, secondsPerStep, compute } = tuning;
      tuning.dispose();
      const share = tuning.seconds({ epochs: 3, iterationsPerEpoch: 4, validationIterationsPerEpoch: 3 }) / secondsPerStep;
      const facts = [result, batchSize, compute, Math.round(1e6 * share) / 1e6, await fault(tuning.train())];
      return { model: [...model], losses, dice, prepared, facts };`,
      );
      expect(found.prepared.filter((text) => !text.startsWith('loading'))).toEqual([
        'preparing 0/2',
        'preparing 1/2',
        'timing 0/1',
      ]);
      const [result, batchSize, compute, share, afterwards] = found.facts;
      expect([result, batchSize]).toEqual(['finished', 2]);
      expect(compute).toBe('WebAssembly in one thread (the page is not isolated from other origins).');
      // A step for each of 3 x 4 iterations, a third for each of 3 x 3 in validation.
      expect(share).toBe(15);
      expect(afterwards).toMatch(/^thread-ended: /);
      expect(found.losses).toHaveLength(4);
      expect(found.dice).toHaveLength(2);

      const stored = await readModelFile(model, 'model', 1e9);
      const volumes = await Promise.all(
        cases.map(async ({ image, labels }, n) => ({
          id: `case_${n}`,
          images: [await readNifti(image)],
          labels: await readNifti(labels),
        })),
      );
      const inNode = await Tuning.prepare(stored, volumes, { runtime: nodeRuntime, threads: 1, where: 'model' });
      const expected = decodeCheckpoint((await inNode.train(settings)).model, 'expected');
      const { description, weights } = decodeCheckpoint(Uint8Array.from(found.model), 'found');
      expect(description).toEqual(expected.description);
      for (const [name, { data }] of expected.weights) {
        const off = data.map((value, i) => Math.abs(value - weights.get(name)!.data[i]!));
        expect(Math.max(...off), name).toBeLessThan(2e-6);
      }
      const own = new Model(description, [weights], { compute: { threads: 1 } });
      const labels = (await own.predict(volumes[0]!.images[0]!)).labels();
      await own.dispose();
      expect(labels.shape).toEqual([10, 14, 12]);
    });

    it('keeps what was learnt when it is stopped, and says what is wrong with files', async () => {
      const found = await run<Record<string, string> & { steps: number; changed: boolean }>(
        `const given = await bytes('/model');
      const faults = {
        none: await fault(prepare(given, [])),
        cut: await fault(prepare(given, [{ ...cases[0], labels: cases[0].labels.subarray(0, 900) }])),
        text: await fault(prepare(given, [{ images: new File(['no image'], 'note.txt'), labels: cases[0].labels }])),
        model: await fault(prepare(given.subarray(0, 900), cases)),
        memory: await fault(prepare(given, cases, { maxMemory: 2e8, batchSize: 2 })),
        batch: await fault(prepare(given, cases, { batchSize: 0 })),
      };
      const tuning = await prepare(given, cases, { batchSize: 1 });
      const stop = new AbortController();
      let steps = 0;
      const onProgress = () => { if (++steps === 2) stop.abort(); };
      const { model, result } = await tuning.train({ signal: stop.signal, onProgress });
      faults.epochs = await fault(tuning.train({ epochs: 0 }));
      tuning.dispose();
      return { ...faults, result, changed: model.some((byte, i) => byte !== given[i]), steps };`,
      );
      expect(found.none).toMatch(/^usage: there are no cases to train on\n/);
      expect(found.cut).toMatch(/^bad-nifti: the labels of case_0: /);
      expect(found.text).toMatch(/^bad-nifti: note\.txt: /);
      expect(found.model).toMatch(/^bad-safetensors: the model: /);
      expect(found.memory).toMatch(
        /^memory-limit: fine-tuning with batches of 2 needs about \d+ MB \(\d+ kB of them for 2 prepared cases\), but 200 MB are allowed\n/,
      );
      expect(found.batch).toMatch(/^usage: /);
      expect(found.epochs).toMatch(/^usage: /);
      expect(found.result).toBe('stopped');
      expect(found.changed).toBe(true);
      // The worker hears of it when its next step is done.
      expect(found.steps).toBeLessThan(5);
    });
  },
);
