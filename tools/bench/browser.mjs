/**
 * Predicts images in Node and in a page of Chromium with the same model: voxels whose labels differ, and seconds of
 * processor time, which other programs do not change as much as the time that passes.
 * node tools/bench/browser.mjs --folder MODEL_FOLDER --file MODEL_FILE [--threads 1] [--device cpu] [--lowering auto] [--mirror all|none]
 *   [--tiles all|body] [--step 0.5] IMAGE.nii.gz…
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openPage, ownSeconds, root } from './browser-page.mjs';

const { loadModel, predictFolder } = await import(`${root}packages/inference/dist/node/index.js`);
const { readLabels, readVolume } = await import(`${root}packages/volume/dist/node/index.js`);

const { values, positionals: images } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string' },
    file: { type: 'string' },
    threads: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    lowering: { type: 'string', default: 'auto' },
    mirror: { type: 'string', default: 'all' },
    tiles: { type: 'string', default: 'all' },
    step: { type: 'string', default: '0.5' },
  },
});
const threads = Number(values.threads);
const mirrored = values.mirror === 'all';
const options = { tiles: values.tiles, stepSize: Number(values.step) };
const inPage = JSON.stringify(mirrored ? options : { ...options, mirrorAxes: [] });

const folder = mkdtempSync(join(tmpdir(), 'browser-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const { page, seconds, memory, close } = await openPage({
  exports: "export { loadModel } from '@nnunet/inference';",
  paths: {
    '/predict-worker.js': `${root}packages/inference/dist/browser/predict-worker.js`,
    '/model': values.file,
    '/labels': join(folder, 'labels'),
    ...Object.fromEntries(images.map((image, number) => [`/image/${number}`, image])),
  },
  gpu: values.device !== 'cpu',
});
const { compute, loaded } = await page.evaluate(`(async () => {
  const start = performance.now();
  const { loadModel } = await import('/page.js');
  window.model = await loadModel('/model', {
    worker: '/predict-worker.js', threads: ${threads}, device: '${values.device}',
  });
  window.watched = [];
  new PerformanceObserver((list) => watched.push(...list.getEntries())).observe({ type: 'longtask' });
  return { compute: model.compute, loaded: (performance.now() - start) / 1000 };
})()`);
console.log(`${compute} Loaded in ${loaded.toFixed(1)} s.`);
const model = await loadModel(values.folder, { compute: { threads, lowering: values.lowering } });
console.log('case                      voxels  labelled  differ  Node s  page s  ratio');
const inNode = async (volume) =>
  (await model.predict(volume, { mirroring: mirrored, stepSize: options.stepSize })).labels();
/** Only folders are predicted by tiles of the body; the time includes reading and writing. */
async function fromFolder(image) {
  const [inputFolder, outputFolder] = ['images-', 'labels-'].map((name) => mkdtempSync(join(folder, name)));
  symlinkSync(resolve(image), join(inputFolder, 'case_0000.nii.gz'));
  await predictFolder({ model, inputFolder, outputFolder, ...options, mirroring: mirrored });
  return readLabels(join(outputFolder, 'case.nii.gz'));
}
let longest = 0;
const passed = { node: 0, page: 0 };
const sums = [0, 0];
for (const [number, image] of images.entries()) {
  const volume = await readVolume(image);
  const [start, since] = [ownSeconds(), performance.now()];
  const expected = values.tiles === 'all' ? await inNode(volume) : await fromFolder(image);
  const node = ownSeconds() - start;
  passed.node += performance.now() - since;
  writeFileSync(join(folder, 'labels'), Uint8Array.from(expected.data));
  const before = await seconds();
  // The page waits a moment before and after a prediction, so that what this program does counts as other tasks.
  const { task, passing } = await page.evaluate(`(async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
    const image = new File([await (await fetch('/image/${number}')).arrayBuffer()], '${basename(image)}');
    await pause();
    const start = performance.now();
    const prediction = await model.predict(image, ${inPage});
    const passing = performance.now() - start;
    window.found = prediction.labels().data;
    await pause();
    const end = performance.now();
    await pause();
    const own = watched.filter(({ startTime }) => startTime >= start && startTime < end);
    return { passing, task: Math.max(0, ...own.map(({ duration }) => duration)) };
  })()`);
  longest = Math.max(longest, task);
  passed.page += passing;
  const own = (await seconds()) - before;
  const { differ, labelled } = await page.evaluate(`(async () => {
    const expected = new Uint8Array(await (await fetch('/labels')).arrayBuffer());
    let [differ, labelled] = [Math.abs(expected.length - found.length), 0];
    for (const [i, label] of expected.entries()) {
      if (label !== found[i]) differ++;
      if (label !== 0) labelled++;
    }
    return { differ, labelled };
  })()`);
  sums[0] += node;
  sums[1] += own;
  const columns = [
    basename(image).replace('.nii.gz', '').padEnd(22),
    String(expected.data.length).padStart(9),
    String(labelled).padStart(9),
    String(differ).padStart(7),
    node.toFixed(2).padStart(7),
    own.toFixed(2).padStart(7),
    (own / node).toFixed(2).padStart(6),
  ];
  console.log(columns.join(' '));
}
console.log(
  `all: page / Node ${(sums[1] / sums[0]).toFixed(2)}; of the time that passed ${(passed.page / passed.node).toFixed(2)}`,
);
console.log(`longest task of the page while it predicts: ${longest === 0 ? 'below 50' : longest.toFixed(0)} ms`);
console.log(`greatest memory of the page: ${((await memory()) / 1e9).toFixed(2)} GB`);
await close();
await model.dispose();
