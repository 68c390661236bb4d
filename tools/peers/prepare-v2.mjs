/**
 * Prepares randomly drawn small cases and restores labels from logits by v2's rules, here and by nnU-Net 2.8.1: odd
 * shapes, spacings and axes, all normalisations and resamplings, regions and ignored voxels. Prints what differs by more
 * than rounding; ends with 1 where something does. Label maps may differ in 0.05 % of their voxels, where two labels are
 * equally near.
 *
 * node tools/peers/prepare-v2.mjs PYTHON_V2 [SEED] [COUNT]
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  planLabelStreamV2,
  preprocessForTrainingV2,
  preprocessingOfPlansV2,
  restoreProbabilitiesV2,
} from '../../packages/preprocess/dist/internal.js';
import { labelsV2 } from '../../packages/schema/dist/internal.js';
import { readNpzFile } from '../../packages/tensor/dist/node/index.js';
import { run } from './peer-programs.mjs';

const [python, seed = '1', count = '60'] = process.argv.slice(2);
if (python === undefined) {
  console.error('usage: node tools/peers/prepare-v2.mjs PYTHON_V2 [SEED] [COUNT]');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'nnunet-prepare-'));
run(python, fileURLToPath(new URL('prepare_v2_peer.py', import.meta.url)), folder, seed, count);
const arrays = await readNpzFile(join(folder, 'arrays.npz'));
let failed = false;

const greatest = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const farthest = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
const unequal = (a, b) => a.reduce((sum, value, i) => sum + Number(value !== b[i]), 0);

function compare(one) {
  const check = (what, right, figure) => {
    if (right) return;
    failed = true;
    console.log(`case ${one.name} (${one.kind}, ${one.resampling}): ${what}: ${figure}`);
  };
  const array = (key) => arrays.get(`${one.name}_${key}`);
  const image = array('image');
  const channels = image.shape[0];
  const voxels = image.data.length / channels;
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const volume = (data) => ({ data, shape: one.shape, spacing: one.spacing, origin: [0, 0, 0], direction });
  const labels = labelsV2(one.labels, one.order, 'dataset.json');
  const settings = {
    ...preprocessingOfPlansV2(one.plans, one.plans.configurations.own, channels, 'plans.json'),
    labels,
  };
  const images = Array.from({ length: channels }, (_, c) => volume(image.data.slice(c * voxels, (c + 1) * voxels)));
  let own;
  try {
    own = preprocessForTrainingV2(images, volume(array('labels').data), settings, { id: one.name });
  } catch (error) {
    return check('refused here alone', one.error !== undefined, error.message);
  }
  if (one.error !== undefined) return check('refused there alone', false, one.error);
  const [data, segmentation] = [array('data'), array('segmentation').data];
  check('shape', `${own.shape.slice(1)}` === `${data.shape.slice(1)}`, own.shape);
  const difference = farthest(data.data, own.data);
  check('image', difference <= 1.5e-6 * Math.max(10, greatest(data.data)), difference);
  const wrong = unequal(segmentation, own.data.subarray(data.data.length));
  check('label map', wrong <= 5e-4 * segmentation.length, `${wrong} of ${segmentation.length} voxels`);
  if (wrong === 0) check('class locations', sameLocations(own.locations, one.locations), JSON.stringify(one.locations));

  const logits = { data: array('logits').data, shape: array('logits').shape };
  const decision = { nonlinearity: labels.regions ? 'sigmoid' : 'softmax', regionClassOrder: labels.regionClassOrder };
  const [restored, probabilities] = [array('restored').data, array('probabilities').data];
  // A step of half precision between 4 and 8, where a value lies half way between two.
  const off = farthest(probabilities, restoreProbabilitiesV2(logits, own.properties, settings, decision).data);
  check('probabilities', off < 2 ** -10, off);
  const stream = planLabelStreamV2(logits.shape, own.properties, settings, decision).open();
  stream.push(logits.data, logits.shape[1]);
  const labelled = unequal(restored, stream.finish().data);
  check('restored labels', labelled <= 5e-4 * restored.length, `${labelled} of ${restored.length} voxels`);
}

/** Number, sum and first three rows of the voxels of each class. */
function sameLocations(own, expected) {
  const summaries = Object.entries(own).map(([key, rows]) => {
    const sums = [0, 0, 0];
    rows.forEach((value, i) => {
      sums[i % 3] += value;
    });
    return [key, [rows.length / 3, ...sums, ...rows.subarray(0, 9)]];
  });
  const text = (entries) => JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  return text(summaries) === text(Object.entries(expected));
}

const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
for (const one of cases) compare(one);
console.log(`${cases.length} cases compared`);
process.exitCode = failed ? 1 : 0;
