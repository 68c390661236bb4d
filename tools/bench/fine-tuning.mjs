/**
 * Fine-tunes a model in Node and in a page of Chromium with the same cases and seed, and compares the weights, the losses,
 * the processor time of a step, and the labels that the page's model predicts in Node and in the page. How much rounding
 * matters is told by two more trainings in Node: with the last bit of one weight changed, and in two threads. Status 1 where
 * weights differ by more than a fiftieth of what they moved, or labels at all, or the loss does not fall.
 * node tools/bench/fine-tuning.mjs --file MODEL_FILE --data TASK_FOLDER [--cases 4] [--epochs 10] [--batch 8] [--threads 1]
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openPage, ownSeconds, root } from './browser-page.mjs';

const { decodeCheckpoint, readModelFile } = await import(`${root}packages/inference/dist/internal.js`);
const { loadModel } = await import(`${root}packages/inference/dist/node/index.js`);
const { nodeRuntime } = await import(`${root}packages/network/dist/node/internal.js`);
const { Tuning } = await import(`${root}packages/trainer/dist/internal.js`);
const { readVolume } = await import(`${root}packages/volume/dist/node/index.js`);

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    data: { type: 'string' },
    cases: { type: 'string', default: '4' },
    epochs: { type: 'string', default: '10' },
    batch: { type: 'string', default: '8' },
    threads: { type: 'string', default: '1' },
  },
});
const [epochs, batchSize, threads] = [Number(values.epochs), Number(values.batch), Number(values.threads)];
const names = readdirSync(join(values.data, 'labelsTr')).filter((name) => name.endsWith('.nii.gz'));
const chosen = names.sort().slice(0, Number(values.cases));
const imageOf = (name, folder) =>
  join(
    values.data,
    folder,
    readdirSync(join(values.data, folder)).find((file) => file.startsWith(name.slice(0, -7))),
  );
const unseen = join(values.data, 'imagesTs', readdirSync(join(values.data, 'imagesTs')).sort()[0]);
const paths = {
  '/predict-worker.js': `${root}packages/inference/dist/browser/predict-worker.js`,
  '/tuning-worker.js': `${root}packages/trainer/dist/browser/tuning-worker.js`,
  '/model': values.file,
  '/unseen': unseen,
};
for (const [n, name] of chosen.entries()) {
  paths[`/image${n}`] = imageOf(name, 'imagesTr');
  paths[`/labels${n}`] = join(values.data, 'labelsTr', name);
}

const cases = [];
for (const [n, name] of chosen.entries()) {
  const [image, labels] = [await readVolume(paths[`/image${n}`]), await readVolume(paths[`/labels${n}`])];
  cases.push({ id: name, images: [image], labels });
}
const stored = await readModelFile(readFileSync(values.file), values.file, 2 ** 32);
const inNode = async (model, threads) => {
  const own = await Tuning.prepare(model, cases, { runtime: nodeRuntime, threads, batchSize, where: values.file });
  const start = ownSeconds();
  return { ...(await own.train({ epochs })), seconds: ownSeconds() - start };
};
const { seconds: nodeSeconds, ...expected } = await inNode(stored, threads);
const nudged = await readModelFile(readFileSync(values.file), values.file, 2 ** 32);
const [{ data: some }] = nudged.members[0].values();
new Int32Array(some.buffer, some.byteOffset, 1)[0] += 1;
const others = { 'a last bit': await inNode(nudged, threads), 'the number of threads': await inNode(stored, 2) };

const exports = "export { loadModel } from '@nnunet/inference'; export { prepareFineTuning } from '@nnunet/trainer';";
const { page, seconds, close } = await openPage({ exports, paths });
const { told, foreseen } = await page.evaluate(`(async () => {
  const { prepareFineTuning } = await import('/page.js');
  const file = async (path, name) => new File([await (await fetch(path)).arrayBuffer()], name);
  const cases = [];
  for (const [n, name] of ${JSON.stringify(chosen)}.entries()) {
    cases.push({ id: name, images: await file('/image' + n, name), labels: await file('/labels' + n, name) });
  }
  const options = { worker: '/tuning-worker.js', threads: ${threads}, batchSize: ${batchSize} };
  window.tuning = await prepareFineTuning('/model', cases, options);
  return { told: tuning.compute, foreseen: tuning.seconds({ epochs: ${epochs} }) };
})()`);
const before = await seconds();
const { took, losses, text } = await page.evaluate(`(async () => {
  const start = performance.now();
  const losses = [];
  const { model } = await tuning.train({
    epochs: ${epochs},
    onProgress: ({ phase, loss }) => { if (phase === 'training') losses.push(loss); },
  });
  window.tuned = model;
  const took = (performance.now() - start) / 1000;
  let text = '';
  for (let at = 0; at < model.length; at += 32768) text += String.fromCharCode(...model.subarray(at, at + 32768));
  return { took, losses, text: btoa(text) };
})()`);
const pageSeconds = (await seconds()) - before;
const bytes = Buffer.from(text, 'base64');
const { weights } = decodeCheckpoint(bytes, 'of the page');

const trained = decodeCheckpoint(expected.model, 'of Node').weights;
const greatest = (found) => {
  let difference = 0;
  for (const [name, { data }] of trained) {
    const values = found.get(name).data;
    for (let i = 0; i < data.length; i++) difference = Math.max(difference, Math.abs(data[i] - values[i]));
  }
  return difference;
};
const [difference, moved] = [greatest(weights), greatest(stored.members[0])];
const folder = mkdtempSync(join(tmpdir(), 'nnunet-tuned-'));
mkdirSync(join(folder, 'fold_0'));
writeFileSync(join(folder, 'fold_0', 'model_final_checkpoint.safetensors'), bytes);
const model = await loadModel(folder, { compute: { threads } });
const labels = (await model.predict(await readVolume(unseen))).labels();
await model.dispose();
rmSync(folder, { recursive: true });
const inPage = await page.evaluate(`(async () => {
  const { loadModel } = await import('/page.js');
  const model = await loadModel(tuned, { worker: '/predict-worker.js', threads: ${threads}, device: 'cpu' });
  const image = new File([await (await fetch('/unseen')).arrayBuffer()], 'unseen.nii.gz');
  return [...(await model.predict(image)).labels().data];
})()`);
await close();
const differ = labels.data.reduce((sum, label, i) => sum + (label === inPage[i] ? 0 : 1), 0);
const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const [first, last] = [mean(losses.slice(0, 10)), mean(losses.slice(-10))];
console.log(`${told} Batches of ${batchSize}.`);
console.log(
  `weights moved by up to ${moved.toExponential(1)}; page and Node differ by up to ${difference.toExponential(1)}`,
);
for (const [what, { model: bytes }] of Object.entries(others)) {
  const off = greatest(decodeCheckpoint(bytes, what).weights);
  console.log(`Node and Node with ${what} changed differ by up to ${off.toExponential(1)}`);
}
console.log(`loss of the first ten steps ${first.toFixed(4)}, of the last ten ${last.toFixed(4)}`);
console.log(`losses of the epochs in Node: ${expected.log.trainLosses.map((loss) => loss.toFixed(4)).join(' ')}`);
console.log(`foreseen ${foreseen.toFixed(0)} s, took ${took.toFixed(0)} s`);
console.log(
  `processor time: page ${pageSeconds.toFixed(1)} s, Node ${nodeSeconds.toFixed(1)} s, ratio ${(pageSeconds / nodeSeconds).toFixed(2)}`,
);
console.log(`an unseen image: ${labels.data.length} voxels, ${differ} labels differ between page and Node`);
process.exitCode = difference < moved / 50 && differ === 0 && last < first ? 0 : 1;
