// Runs the whole of nnU-Net on the demo's data where memory is scarce: in a control group with a limit, in which the
// system kills what takes more. Shows that nothing is killed, and what each command took, files kept in memory included.
// The demo's own plans may be refused by the check before a training; plans for smaller patches are trained then.
//
// node tools/robustness/small-memory.mjs [--limit 600] (MB)
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MemoryGroup } from './memory-group.mjs';

const { values } = parseArgs({ options: { limit: { type: 'string', default: '600' } } });
const bytes = Number(values.limit) * 1e6;
const bin = fileURLToPath(new URL('../../packages/cli/bin/', import.meta.url));
const data = fileURLToPath(new URL('../../demo-data/Task04_Hippocampus', import.meta.url));

let group;
try {
  group = MemoryGroup.make(bytes);
} catch (error) {
  console.error(`Nothing was shown: ${error.message}.`);
  process.exit(2);
}

const root = mkdtempSync(join(tmpdir(), 'nnunet-small-memory-'));
const images = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data/Task004_Hippocampus/imagesTs');
const [first, second, merged] = ['first', 'second', 'merged'].map((name) => join(root, name));
const training = ['--batch_size', '2', '--epochs', '2', '--iterations_per_epoch', '3'];
const plan = (...more) => ['nnUNet_plan_and_preprocess', '-t', '4', ...more];
const train = (...more) => ['nnUNet_train', '3d_fullres', 'nnUNetTrainerV2', '4', '0', ...training, ...more];
/** What does not fit is refused before it begins, in a sentence that says what does. */
const REFUSED = /error: .* memory.*\n.*(fits|plan again)/;
let failures = 0;
/** Runs a command in the group. Returns whether it ended well; one that may be refused may say that it does not fit. */
function run([command, ...args], mayBeRefused = false) {
  const killedBefore = group.killed;
  group.takePeak();
  const started = Date.now();
  const { status, signal, stderr } = spawnSync(
    ...group.wrap(process.execPath, [`${bin}${command}.mjs`, ...args, '--root', root]),
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const killed = group.killed > killedBefore || signal === 'SIGKILL';
  const refused = mayBeRefused && status === 1 && !killed && REFUSED.test(stderr);
  const good = status === 0 && !killed;
  const end = killed ? 'KILLED' : refused ? 'refused' : good ? 'ended well' : `exit code ${status}`;
  if (!good && !refused) failures++;
  const [peak, seconds] = [(group.takePeak() / 1e6).toFixed(0), ((Date.now() - started) / 1000).toFixed(1)];
  console.log(`${good || refused ? 'ok    ' : 'FAILED'} ${command}: ${end}, at most ${peak} MB, ${seconds} s`);
  if (!good)
    console.log(
      stderr
        .trim()
        .split('\n')
        .slice(refused ? -2 : -20)
        .join('\n'),
    );
  return good;
}

try {
  run(['nnUNet_convert_decathlon_task', '-i', data]);
  run(plan('--verify_dataset_integrity'));
  let model = [];
  let trained = run(train(), true);
  for (const target of ['0.1', '0.05', '0.03']) {
    if (trained) break;
    run(plan('-pl2d', 'None', '--gpu_memory_target', target));
    model = ['-p', `nnUNetPlansv2.1_gpu${target}GB`];
    trained = run(train(...model), true);
  }
  if (!trained) failures++;
  run(['nnUNet_predict', '-i', images, '-o', first, '-t', '4', '-f', '0', '-z', ...model]);
  // An ensemble needs two models; the same predictions twice are as large.
  if (existsSync(first)) cpSync(first, second, { recursive: true });
  run(['nnUNet_ensemble', '-f', first, second, '-o', merged]);
  run(['nnUNet_evaluate_folder', '-ref', join(data, 'labelsTs'), '-pred', first, '-l', '1', '2']);
} finally {
  group.remove();
  rmSync(root, { recursive: true, force: true });
}
console.log(`with ${values.limit} MB: ${failures === 0 ? 'all is well' : `${failures} failures`}`);
process.exit(failures === 0 ? 0 : 1);
