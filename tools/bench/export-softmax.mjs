/**
 * Times probabilities of many classes brought back to a large image and written as a label file, against nnU-Net v2's
 * convert_predicted_logits_to_segmentation_with_correct_shape and its writer, in turns, at a size that v2 can do; then
 * this project alone at full size. Memory is the greatest resident size of the process.
 * node tools/bench/export-softmax.mjs --python PATH [--classes 24] [--shared 277,256,256] [--full 555,512,512] [--factor 3] [--max-memory MB]
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { shareUnequal } from './compare-files.mjs';
import { softmaxOfTerritories } from './phantom.mjs';
import { startNode, startV2, step, takeTurns } from './turns.mjs';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    classes: { type: 'string', default: '24' },
    shared: { type: 'string', default: '277,256,256' },
    full: { type: 'string', default: '555,512,512' },
    factor: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '1' },
    'max-memory': { type: 'string' },
  },
});
const MB = 2 ** 20;
const classes = Number(values.classes);
const factor = Number(values.factor);
const maxMemory = values['max-memory'] === undefined ? undefined : Number(values['max-memory']) * MB;
const folder = mkdtempSync(join(tmpdir(), 'nnunet-bench-'));
const file = (name) => join(folder, name);

/** Probabilities at `factor` times the voxel size, in a file, and what both sides are told of them. */
function work(original) {
  const shape = original.map((n) => Math.round(n / factor));
  const input = file('softmax.f32');
  const data = softmaxOfTerritories(shape, classes);
  writeFileSync(input, new Uint8Array(data.buffer));
  const common = { command: 'make', kind: 'export', input, shape: [classes, ...shape], original };
  const spacing = [factor, factor, factor];
  return { ...common, spacing, original_spacing: [1, 1, 1], bytes: data.byteLength };
}

try {
  const original = values.shared.split(',').map(Number);
  const small = work(original);
  const [own, peer] = [startNode(), startV2(values.python)];
  await own.ask({ ...small, maxMemory, file: file('own.nii.gz') });
  await peer.ask({ ...small, patch: [128, 128, 128], scheme: 'CTNormalization', classes, file: file('peer.nii.gz') });
  const title = `${classes} classes, ${small.shape.slice(1).join('x')} to ${original.join('x')}`;
  const sides = {
    nnunet: () => step(own, { keep: file('own') }),
    'nnunetv2 2.8.1': () => step(peer, { keep: file('peer') }),
  };
  const last = await takeTurns(title, sides, Number(values.rounds));
  const parts = Object.entries(last).map(([name, { about }]) => `${name} ${about.toFixed(2)} s`);
  console.log(`  of these for restoring labels: ${parts.join(', ')}`);
  const unequal = shareUnequal(file('own'), file('peer'), 1);
  console.log(`  voxels with another label (the peer rounds to float16): ${(100 * unequal).toFixed(4)} %`);
  if (!(unequal < 1e-3)) process.exitCode = 1;
  for (const side of [own, peer]) side.stop();

  const full = values.full.split(',').map(Number);
  const large = work(full);
  const alone = startNode();
  await alone.ask({ ...large, maxMemory, file: file('own.nii.gz') });
  const { nnunet } = await takeTurns(
    `${classes} classes, ${large.shape.slice(1).join('x')} to ${full.join('x')}`,
    { nnunet: () => step(alone) },
    Number(values.rounds),
  );
  const known = large.bytes + full[0] * full[1] * full[2];
  console.log(
    `  ${nnunet.about.toFixed(2)} s for restoring labels; probabilities and label map ${(known / MB).toFixed(0)} MB, ${((nnunet.memory - known) / MB).toFixed(0)} MB beyond; file of ${(statSync(file('own.nii.gz')).size / MB).toFixed(1)} MB`,
  );
  if (!(nnunet.memory - known < 2 * 1024 * MB)) process.exitCode = 1;
  alone.stop();
} finally {
  rmSync(folder, { recursive: true });
}
