// Runs nnUNet_train as a process that can be ended at any moment, and fingerprints what it leaves.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const bin = fileURLToPath(new URL('../../packages/cli/bin/', import.meta.url));
const demoTask = fileURLToPath(new URL('../../demo-data/Task04_Hippocampus', import.meta.url));
export const TRAINER = 'OftenSavingTrainer';

/** Plans and prepares the demo's cases for 2d below `root`. */
export function prepareTask(root) {
  for (const [command, ...args] of [
    ['nnUNet_convert_decathlon_task', '-i', demoTask],
    ['nnUNet_plan_and_preprocess', '-t', '4', '-pl3d', 'None'],
  ]) {
    const { status, stderr } = spawnSync(process.execPath, [`${bin}${command}.mjs`, ...args, '--root', root], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  }
}

/** One training of fold 0, in a results folder of its own below `root`. */
export class Training {
  constructor({ root, name, options }) {
    this.root = root;
    this.name = name;
    this.options = options;
    this.fold = join(root, name, `nnUNet/2d/Task004_Hippocampus/${TRAINER}__nnUNetPlansv2.1/fold_0`);
  }

  files() {
    try {
      return readdirSync(this.fold);
    } catch {
      return [];
    }
  }

  hasCheckpoint() {
    return this.files().some((name) => name.startsWith('model_') && name.endsWith('.safetensors'));
  }

  hasFinished() {
    return this.files().includes('model_final_checkpoint.safetensors');
  }

  /** A checkpoint that is being written, or was when its process ended. */
  unfinishedFiles() {
    return this.files().filter((name) => name.endsWith('.tmp'));
  }

  /**
   * Starts the command, with -c where there is something to continue.
   *
   * @param more further options, and the number of augmentation workers
   * @returns the process; promises of the n-th step from the start and of the next step that is built anew, as a phase
   *   changes (or of the end, if that comes first), and one of the end: exit code, signal and output
   */
  start({ workers = 1, more = [] } = {}) {
    const args = ['2d', TRAINER, '4', '0', '--plugin', join(here, 'often-saving-trainer.mjs')];
    args.push('--disable_validation_inference', '--threads', '1', ...this.options, ...more);
    if (this.hasCheckpoint()) args.push('-c');
    const child = spawn(process.execPath, [`${bin}nnUNet_train.mjs`, ...args], {
      env: {
        ...process.env,
        nnUNet_raw_data_base: join(this.root, 'nnUNet_raw_data_base'),
        nnUNet_preprocessed: join(this.root, 'nnUNet_preprocessed'),
        RESULTS_FOLDER: join(this.root, this.name),
        nnUNet_n_proc_DA: String(workers),
      },
    });
    let output = '';
    const seen = { step: 0, build: 0 };
    let over = false;
    const waiting = new Set();
    const look = () => {
      for (const one of waiting) {
        if (!over && seen[one.what] < one.count) continue;
        waiting.delete(one);
        one.resolve();
      }
    };
    child.stdout.on('data', (chunk) => {
      for (const what of ['step', 'build']) seen[what] += String(chunk).split(`${what}\n`).length - 1;
      output += String(chunk).replaceAll(/^(step|build)\n/gm, '');
      look();
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const reached = (what, count) =>
      new Promise((resolve) => {
        waiting.add({ what, count, resolve });
        look();
      });
    const stepped = (step) => reached('step', step);
    const rebuilding = () => reached('build', seen.build + 1);
    const ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        over = true;
        look();
        resolve({ code, signal, output });
      });
    });
    return { child, stepped, rebuilding, ended };
  }

  /** Runs to the end, and fails where that is not reached. */
  async finish(options) {
    const { stepped, ended } = this.start(options);
    const from = performance.now();
    await stepped(1);
    const startUp = performance.now() - from;
    const { code, output } = await ended;
    if (code !== 0 || !this.hasFinished()) throw new Error(`${this.name}: exit ${code}\n${output}`);
    return { startUp, seconds: (performance.now() - from - startUp) / 1000 };
  }

  /** SHA-256 of the weights and momenta of a checkpoint, and its JSON. */
  checkpoint(kind) {
    const bytes = readFileSync(join(this.fold, `${kind}.safetensors`));
    const length = Number(bytes.readBigUInt64LE(0));
    const { __metadata__, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    const hash = createHash('sha256')
      .update(JSON.stringify(tensors))
      .update(bytes.subarray(8 + length));
    return { sha256: hash.digest('hex'), state: JSON.parse(__metadata__.nnunet).state };
  }
}
