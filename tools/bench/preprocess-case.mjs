/**
 * Times the preparation of one case, reading and writing included (read NIfTI, crop, transpose, resample, normalise,
 * write), against nnU-Net v2's DefaultPreprocessor.run_case_save, in turns: the first case of a raw task folder, and a
 * case of 300 x 512 x 512 voxels made of it.
 * node tools/bench/preprocess-case.mjs TASK_FOLDER --python PATH [--rounds 1] [--cases own,large]
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readLabels, readVolume, writeVolume } from '../../packages/volume/dist/node/index.js';
import { startNode, startV2, step, takeTurns } from './turns.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '1' },
    cases: { type: 'string', default: 'own,large' },
  },
});
const [task] = positionals;
if (task === undefined) throw new Error('give a raw task folder with imagesTr and labelsTr');

/** Voxels of the large case, (z, y, x), its spacing and the spacing it is brought to, mm. */
const LARGE = { shape: [300, 512, 512], spacing: [2.5, 0.8, 0.8], target: [2, 1, 1] };

/** Enlarges an image by taking the nearest voxel and adding noise, so that it compresses like an acquired one. */
function enlarged({ data, shape }, newShape, noise) {
  const from = newShape.map((n, axis) => Int32Array.from({ length: n }, (_, i) => Math.floor((i * shape[axis]) / n)));
  const out = noise
    ? new Int16Array(newShape[0] * newShape[1] * newShape[2])
    : new Uint8Array(newShape[0] * newShape[1] * newShape[2]);
  let state = 1;
  for (let z = 0, at = 0; z < newShape[0]; z++)
    for (let y = 0; y < newShape[1]; y++) {
      const row = (from[0][z] * shape[1] + from[1][y]) * shape[2];
      for (let x = 0; x < newShape[2]; x++, at++) {
        const v = data[row + from[2][x]];
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        out[at] = noise && v !== 0 ? 4 * v + (state >>> 28) : v;
      }
    }
  return out;
}

/** Plans as the preparation of a case reads them. */
function plansFor(target, patch, classes) {
  return {
    num_modalities: 1,
    modalities: { 0: 'MRI' },
    normalization_schemes: { 0: 'nonCT' },
    use_mask_for_norm: { 0: false },
    transpose_forward: [0, 1, 2],
    transpose_backward: [0, 1, 2],
    all_classes: classes,
    preprocessor_name: 'GenericPreprocessor',
    data_identifier: 'case',
    dataset_properties: { intensityproperties: null },
    plans_per_stage: { 0: { current_spacing: target, patch_size: patch } },
  };
}

const folder = mkdtempSync(join(tmpdir(), 'nnunet-bench-'));
try {
  const name = readdirSync(join(task, 'labelsTr'))
    .filter((file) => file.endsWith('.nii.gz'))
    .sort()[0];
  const image = join(task, 'imagesTr', name.replace('.nii.gz', '_0000.nii.gz'));
  const label = join(task, 'labelsTr', name);
  const [volume, labels] = [await readVolume(image), await readLabels(label)];
  const classes = [...new Set(labels.data)].filter((c) => c > 0).sort((a, b) => a - b);
  const works = {
    // a spacing 1.3 times the case's own: about the low resolution stage
    own: { image, label, shape: volume.shape, target: volume.spacing.map((mm) => 1.3 * mm) },
  };
  if (values.cases.split(',').includes('large')) {
    const geometry = { ...volume, shape: LARGE.shape, spacing: LARGE.spacing, niftiHeader: undefined };
    works.large = {
      image: join(folder, 'large_0000.nii.gz'),
      label: join(folder, 'large.nii.gz'),
      shape: LARGE.shape,
      target: LARGE.target,
    };
    await writeVolume(works.large.image, { ...geometry, data: enlarged(volume, LARGE.shape, true) });
    await writeVolume(works.large.label, { ...geometry, data: enlarged(labels, LARGE.shape, false) });
  }
  for (const kind of values.cases.split(',')) {
    const { shape, target, image, label } = works[kind];
    const [ownFolder, peerFolder] = ['own', 'peer'].map((side) => join(folder, kind, side));
    for (const made of [ownFolder, peerFolder]) mkdirSync(made, { recursive: true });
    const patch = [112, 160, 128];
    const plans = join(folder, 'plans.json');
    writeFileSync(plans, JSON.stringify(plansFor(target, patch, classes)));
    const common = { command: 'make', kind: 'preprocess', image, label };
    const [own, peer] = [startNode(), startV2(values.python)];
    await own.ask({ ...common, plans, stage: 0, folder: ownFolder });
    await peer.ask({
      ...common,
      spacing: target,
      patch,
      scheme: 'ZScoreNormalization',
      classes: Math.max(...classes) + 1,
      folder: peerFolder,
    });
    const last = await takeTurns(
      `${kind}: ${shape.join('x')}`,
      { nnunet: () => step(own), 'nnunetv2 2.8.1': () => step(peer) },
      Number(values.rounds),
    );
    const [ownShape, peerShape] = Object.values(last).map(({ about }) => about.join('x'));
    console.log(`  resampled to ${ownShape}${ownShape === peerShape ? ' by both' : `, by the peer to ${peerShape}`}`);
    if (ownShape !== peerShape) process.exitCode = 1;
    for (const side of [own, peer]) side.stop();
  }
} finally {
  rmSync(folder, { recursive: true });
}
