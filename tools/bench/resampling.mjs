/**
 * Times resampling of images (splines) and label maps (linear) against nnU-Net v2's resample_data_or_seg_to_shape, in
 * turns, and compares the results.
 * node tools/bench/resampling.mjs --python PATH [--size 200] [--rounds 1] [--cases image,separate,...]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { differenceOf, shareUnequal } from './compare-files.mjs';
import { smoothImage, territories } from './phantom.mjs';
import { startNode, startV2, step, takeTurns } from './turns.mjs';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    size: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '1' },
    cases: { type: 'string' },
  },
});
const n = Number(values.size);
const cube = [n, n, n];
const flat = [Math.round(n / 3), Math.round(1.6 * n), Math.round(1.6 * n)];
const isotropic = { shape: cube, spacing: [1, 1, 1], target: [0.77, 0.77, 0.77] };
const shrinking = { shape: cube.map((m) => Math.round(1.3 * m)), spacing: [1, 1, 1], target: [1.3, 1.3, 1.3] };
const separate = { shape: flat, spacing: [5, 0.8, 0.8], target: [3, 1, 1] };
const cases = {
  image: { ...isotropic, classes: 0 },
  'image-down': { ...shrinking, classes: 0 },
  separate: { ...separate, classes: 0 },
  'labels-3': { ...isotropic, classes: 3 },
  'labels-20': { ...isotropic, classes: 20 },
  'labels-separate': { ...separate, classes: 3 },
};

const folder = mkdtempSync(join(tmpdir(), 'nnunet-bench-'));
try {
  for (const name of values.cases?.split(',') ?? Object.keys(cases)) {
    const { classes, ...geometry } = cases[name];
    const input = join(folder, 'input.f32');
    const labels = classes > 0;
    const data = labels ? territories(geometry.shape, classes) : smoothImage(geometry.shape);
    writeFileSync(input, new Uint8Array(data.buffer));
    const [own, peer] = [startNode(), startV2(values.python)];
    const message = { command: 'make', kind: 'resample', input, labels, ...geometry };
    for (const side of [own, peer]) await side.ask(message);
    const results = [join(folder, 'own'), join(folder, 'peer')];
    const newShape = geometry.shape.map((m, a) => Math.round((m * geometry.spacing[a]) / geometry.target[a]));
    await takeTurns(
      `${name}: ${geometry.shape.join('x')} to ${newShape.join('x')}`,
      { nnunet: () => step(own, { keep: results[0] }), 'nnunetv2 2.8.1': () => step(peer, { keep: results[1] }) },
      Number(values.rounds),
    );
    if (labels)
      console.log(`  voxels with another label (another rule): ${(100 * shareUnequal(...results)).toFixed(4)} %`);
    else {
      const { greatest, range } = differenceOf(...results);
      console.log(`  greatest difference ${greatest.toExponential(1)} of a range of ${range.toPrecision(4)}`);
      if (!(greatest <= 1e-6 * range)) process.exitCode = 1;
    }
    for (const side of [own, peer]) side.stop();
  }
} finally {
  rmSync(folder, { recursive: true });
}
