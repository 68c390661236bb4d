/**
 * Predicts a large case in Node and in a page of Chromium: an image in the middle of air, 1 mm apart, by tiles of the body
 * without overlap or mirroring. Prints what browser.mjs prints: labels, processor time, memory.
 * node tools/bench/browser-large.mjs --folder MODEL_FOLDER --file MODEL_FILE [--size 300,512,512] IMAGE.nii.gz
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readVolume, writeVolume } from '../../packages/volume/dist/node/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string' },
    file: { type: 'string' },
    size: { type: 'string', default: '300,512,512' },
  },
});
const shape = values.size.split(',').map(Number);
const image = await readVolume(positionals[0]);
const [margin, own] = [shape.map((n, i) => Math.floor((n - image.shape[i]) / 2)), image.shape];
if (margin.some((n) => n < 0)) throw new RangeError(`${positionals[0]} is larger than ${values.size}`);
const data = new Float32Array(shape[0] * shape[1] * shape[2]);
for (let z = 0; z < own[0]; z++) {
  for (let y = 0; y < own[1]; y++) {
    const from = (z * own[1] + y) * own[2];
    const to = ((z + margin[0]) * shape[1] + y + margin[1]) * shape[2] + margin[2];
    data.set(image.data.subarray(from, from + own[2]), to);
  }
}
const folder = mkdtempSync(join(tmpdir(), 'browser-large-'));
try {
  const file = join(folder, 'large.nii.gz');
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  await writeVolume(file, { data, shape, spacing: [1, 1, 1], origin: [0, 0, 0], direction });
  const program = fileURLToPath(new URL('browser.mjs', import.meta.url));
  const given = [
    '--folder',
    values.folder,
    '--file',
    values.file,
    '--mirror',
    'none',
    '--tiles',
    'body',
    '--step',
    '1',
  ];
  process.exitCode = spawnSync(process.execPath, [program, ...given, file], { stdio: 'inherit' }).status;
} finally {
  rmSync(folder, { recursive: true });
}
