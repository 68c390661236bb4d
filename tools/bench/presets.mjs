/**
 * Time and results of the presets of nnUNet_predict, and of quick with 8-bit integers if the model has been calibrated for
 * them: each predicts the same images, and its labels are compared with those of `exact` and, where they are given, with
 * references.
 * node tools/bench/presets.mjs MODEL_FOLDER IMAGES_FOLDER [--references DIR] [--cases 20] [--checkpoint model_final_checkpoint] [--labels 1,2] [--only quick,integers]
 *
 * Images may be called CASE_0000.nii.gz or, with one channel, CASE.nii.gz. Time is the network's and all around it, one
 * preset after the other in one process, threads off; processor time is what counts on a machine that does other things.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PRESETS } from '../../packages/inference/dist/index.js';
import { tilingOfPreset } from '../../packages/inference/dist/internal.js';
import { loadModel, predictFolder } from '../../packages/inference/dist/node/index.js';
import { readLabels } from '../../packages/volume/dist/node/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    references: { type: 'string' },
    cases: { type: 'string', default: '20' },
    checkpoint: { type: 'string' },
    labels: { type: 'string', default: '1,2' },
    only: { type: 'string', default: [...Object.keys(PRESETS), 'integers'].join() },
  },
});
const [modelFolder, images] = positionals;
const labels = values.labels.split(',').map(Number);
const folder = mkdtempSync(join(tmpdir(), 'presets-'));
const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;

/** Dice per label and case; NaN for a label in neither. */
async function agreement(ids, one, other) {
  const scores = labels.map(() => []);
  for (const id of ids) {
    const [a, b] = [await readLabels(join(one, `${id}.nii.gz`)), await readLabels(join(other, `${id}.nii.gz`))];
    labels.forEach((label, i) => {
      let [both, sum] = [0, 0];
      for (let v = 0; v < a.data.length; v++) {
        const [inA, inB] = [a.data[v] === label, b.data[v] === label];
        if (inA && inB) both++;
        sum += inA + inB;
      }
      scores[i].push((2 * both) / sum);
    });
  }
  return scores;
}

const means = (scores) => scores.map((list) => mean(list.filter((score) => !Number.isNaN(score))));

try {
  const input = join(folder, 'in');
  mkdirSync(input);
  const numbered = readdirSync(images).some((name) => name.endsWith('_0000.nii.gz'));
  const names = readdirSync(images).filter((name) => name.endsWith('.nii.gz'));
  const ids = [...new Set(names.map((name) => name.slice(0, numbered ? -12 : -7)))]
    .sort()
    .slice(0, Number(values.cases));
  for (const name of names)
    if (ids.includes(name.slice(0, numbered ? -12 : -7)))
      symlinkSync(resolve(images, name), join(input, numbered ? name : name.replace('.nii.gz', '_0000.nii.gz')));
  const { checkpoint } = values;
  const float = await loadModel(modelFolder, { checkpoint });
  const integer = await loadModel(modelFolder, { checkpoint, integers: true });
  console.log(integer.integers.reason);
  const rows = [];
  for (const preset of values.only.split(',')) {
    if (preset === 'integers' && integer.integers.ranges === null) continue;
    const model = preset === 'integers' ? integer : float;
    await model.ensemble.warmUp();
    const outputFolder = join(folder, preset);
    const tiling = tilingOfPreset(preset === 'integers' ? 'quick' : preset, model.ensemble.mirrorAxes);
    const [start, before] = [performance.now(), process.cpuUsage()];
    let evaluations = 0;
    let last = { caseId: '', share: 0 };
    await predictFolder({
      model,
      inputFolder: input,
      outputFolder,
      threads: { preparing: 0, writing: 0 },
      ...tiling,
      onEstimate: (estimate) => {
        evaluations = estimate.evaluations;
      },
      onProgress: (progress) => {
        last = progress;
      },
    });
    const { user, system } = process.cpuUsage(before);
    if (last.share !== 1) throw new Error('not all was predicted');
    const first = rows[0]?.preset ?? preset;
    const same = await agreement(ids, outputFolder, join(folder, first));
    const right = values.references ? await agreement(ids, outputFolder, values.references) : null;
    rows.push({
      preset,
      seconds: (performance.now() - start) / 1000,
      cpu: (user + system) / 1e6,
      evaluations,
      same,
      right,
    });
  }
  await Promise.all([float.dispose(), integer.dispose()]);
  const [exact] = rows;
  console.log(`${ids.length} cases, ${modelFolder}`);
  for (const { preset, seconds, cpu, evaluations, same, right } of rows) {
    const list = (scores) =>
      means(scores)
        .map((score) => score.toFixed(4))
        .join(' / ');
    console.log(
      `${preset.padEnd(9)} ${seconds.toFixed(1)} s (${(seconds / exact.seconds).toFixed(2)}), processor ${cpu.toFixed(1)} s (${(cpu / exact.cpu).toFixed(2)}), at most ${evaluations} evaluations; Dice with ${exact.preset} ${list(same)}${right ? `, with the references ${list(right)}` : ''}`,
    );
  }
  const [before, after] = ['quick', 'integers'].map((name) => rows.find(({ preset }) => preset === name)?.right);
  labels.forEach((label, i) => {
    const changes = ids
      .map((id, n) => ({ id, change: after?.[i][n] - before?.[i][n] }))
      .filter(({ change }) => !Number.isNaN(change))
      .sort((a, b) => a.change - b.change);
    if (changes.length > 0)
      console.log(
        `label ${label}, integers less floating point: ${[changes[0], changes.at(-1)].map(({ id, change }) => `${change.toFixed(4)} (${id})`).join(' to ')}`,
      );
  });
} finally {
  rmSync(folder, { recursive: true });
}
