/**
 * Predicts one made-up CT of a body with nnUNet_predict and tells the greatest memory of its processes (resident set of the
 * main one, PSS of all), the time, and how far the estimate at the start was off.
 * node tools/bench/large-case.mjs MODEL_FOLDER [--size 400,512,512] [--spacing 1] [--max_memory 6GB] [-- further arguments]
 * Example, about 8550 tiles with a patch of 40 x 56 x 40: node tools/bench/large-case.mjs MODEL -- --disable_tta
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeVolume } from '../../packages/volume/dist/node/index.js';
import { bodyPhantom } from './phantom.mjs';
import { watchMemory } from './process-memory.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '400,512,512' },
    spacing: { type: 'string', default: '1' },
    max_memory: { type: 'string', default: '6GB' },
  },
});
const [model, ...more] = positionals;
const shape = values.size.split(',').map(Number);
const mm = Number(values.spacing);
const folder = mkdtempSync(join(tmpdir(), 'large-case-'));
try {
  await writeVolume(join(folder, 'body_0000.nii.gz'), {
    data: bodyPhantom(shape),
    shape,
    spacing: [mm, mm, mm],
    origin: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  });
  const command = fileURLToPath(new URL('../../packages/cli/bin/nnUNet_predict.mjs', import.meta.url));
  const args = ['-i', folder, '-o', join(folder, 'out'), '--model_folder', model, '--max_memory', values.max_memory];
  const start = performance.now();
  const child = spawn(process.execPath, [command, ...args, ...more], { stdio: ['ignore', 'inherit', 'inherit'] });
  const watch = watchMemory(child.pid);
  let resident = 0;
  const look = setInterval(() => {
    try {
      resident = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;
    } catch {
      // ended
    }
  }, 200);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(look);
  const peak = watch.stop();
  console.log(
    `exit code ${code}; ${((performance.now() - start) / 1000).toFixed(0)} s; greatest resident set ${resident.toFixed(0)} MiB, PSS of all processes ${(peak / 2 ** 20).toFixed(0)} MiB`,
  );
  process.exitCode = code;
} finally {
  rmSync(folder, { recursive: true });
}
