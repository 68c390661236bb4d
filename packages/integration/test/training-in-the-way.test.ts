import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeSafetensors } from '@nnunet/tensor';
import { temporaryFolder } from '@nnunet/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { prepareDemo, repository, runCommand } from './commands.ts';

/** A small network whose state is written every tenth of a second. Its training would take very long. */
const OFTEN_SAVING = 'OftenSavingTrainer';
const plugin = ['--plugin', join(repository, 'tools/robustness/often-saving-trainer.mjs')];
const argumentsOf = (trainer: string) => ['2d', trainer, '4', '0', '--threads', '1', ...plugin];
const root = temporaryFolder();
const running: ChildProcess[] = [];

beforeAll(() => prepareDemo(root, '-pl3d', 'None'));
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const environment = (results: string) => ({
  nnUNet_raw_data_base: join(root, 'nnUNet_raw_data_base'),
  nnUNet_preprocessed: join(root, 'nnUNet_preprocessed'),
  RESULTS_FOLDER: results,
});
const foldIn = (results: string, trainer = OFTEN_SAVING) =>
  join(results, `nnUNet/2d/Task004_Hippocampus/${trainer}__nnUNetPlansv2.1/fold_0`);

/** Starts a training; `until` waits for words of its output, `ended` for its end. */
function start(results: string, more: string[] = [], trainer = OFTEN_SAVING) {
  const script = join(repository, 'packages/cli/bin/nnUNet_train.mjs');
  const child = spawn(process.execPath, [script, ...argumentsOf(trainer), ...more], {
    env: { ...process.env, ...environment(results) },
  });
  running.push(child);
  let output = '';
  let closed = false;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => {
      closed = true;
      resolve({ code, output });
    }),
  );
  const until = async (holds: (output: string) => boolean): Promise<void> => {
    while (!holds(output)) {
      if (closed) throw new Error(`ended too soon:\n${output}`);
      await delay(20);
    }
  };
  return { child, ended, until };
}

it('a second training of a fold is refused, and the lock of a killed one is taken over', async () => {
  const results = join(root, 'results');
  const latest = join(foldIn(results), 'model_latest.safetensors');
  const first = start(results);
  await first.until(() => existsSync(latest));

  const second = runCommand('nnUNet_train', argumentsOf(OFTEN_SAVING), environment(results));
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(new RegExp(`fold_0 is in use by process ${first.child.pid} on \\S+ since 20`));
  expect(second.stderr).toContain('Wait until it has finished, or stop it.');
  expect(first.child.exitCode).toBeNull();

  first.child.kill('SIGKILL');
  await first.ended;
  expect(existsSync(join(foldIn(results), 'training.lock'))).toBe(true);
  const third = start(results, ['-c']);
  await third.until((output) => /^epoch:/m.test(output));
  third.child.kill('SIGTERM');
  const { code, output } = await third.ended;
  expect(output).toContain(`took over the lock of process ${first.child.pid}`);
  expect(output).toContain('continuing from');
  expect(code).toBe(143);
  expect(readdirSync(foldIn(results)).filter((name) => /lock|tmp/.test(name))).toEqual([]);
});

it('a warning that comes while Node itself starts opens no debugger, and begins nothing', async () => {
  for (const moment of [20, 60]) {
    const results = join(root, `warned-${moment}`);
    const training = start(results);
    await delay(moment);
    training.child.kill('SIGUSR1');
    const { code, output } = await training.ended;
    expect(code, output).toBe(138);
    expect(output).toContain('SIGUSR1 received, stopping');
    expect(existsSync(results)).toBe(false);
  }
});

/** Whether a process of this machine runs; one that nobody has asked for its exit code does not. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const noTerminals = spawnSync('script', ['--version']).status !== 0;

it.skipIf(noTerminals)('closing the terminal keeps what was learnt (skipped without util-linux script)', async () => {
  const results = join(root, 'hung-up');
  const fold = foldIn(results, 'nnUNetTrainerV2');
  const train = [process.execPath, join(repository, 'packages/cli/bin/nnUNet_train.mjs')];
  const command = [...train, ...argumentsOf('nnUNetTrainerV2'), '--batch_size', '2'].map((part) => `'${part}'`);
  // In a terminal of its own, which ends with its owner. Nothing is written between the start and the end of an epoch.
  const terminal = spawn('script', ['-qefc', `exec ${command.join(' ')}`, '/dev/null'], {
    env: { ...process.env, ...environment(results) },
  });
  running.push(terminal);
  let output = '';
  terminal.stdout.on('data', (chunk) => (output += chunk));
  while (!output.includes('epoch 1 of')) await delay(20);
  const { pid } = JSON.parse(readFileSync(join(fold, 'training.lock'), 'utf8'));
  terminal.kill('SIGKILL');
  while (isAlive(pid)) await delay(20);
  expect(readdirSync(fold).filter((name) => /^model|lock|tmp/.test(name))).toEqual(['model_latest.safetensors']);
});

it('a training that cannot save what it has learnt when it is stopped says why', async () => {
  const results = join(root, 'lost');
  const fold = foldIn(results, 'nnUNetTrainerV2');
  // Nothing is written between the start and the end of an epoch.
  const training = start(results, ['--batch_size', '2'], 'nnUNetTrainerV2');
  await training.until((output) => /^epoch:/m.test(output));
  rmSync(fold, { recursive: true });
  training.child.kill('SIGTERM');
  const { code, output } = await training.ended;
  expect(output).toMatch(
    /nnUNet_train: error: \/\S+\/(training\.lock: the lock on|model_latest\.safetensors: does not exist)/,
  );
  expect(code).toBe(143);
});

/** A file system of 60 MB; null where this user may not mount one. */
function smallDisk(): string | null {
  const folder = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', folder]);
  if (status !== 0) return null;
  afterAll(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}

const disk = smallDisk();
if (disk === null) console.warn('skipped: a disk that fills up (this user may not mount a small file system)');

it.skipIf(disk === null)('a disk that fills up leaves the former checkpoint whole, and says so', async () => {
  const results = join(disk!, 'results');
  mkdirSync(results);
  const latest = join(foldIn(results), 'model_latest.safetensors');
  const training = start(results);
  await training.until(() => existsSync(latest));
  const filler = join(disk!, 'filler');
  expect(() => {
    for (;;) appendFileSync(filler, Buffer.alloc(2 ** 16));
  }).toThrow(/ENOSPC/);

  const { code, output } = await training.ended;
  expect(code, output).toBe(1);
  expect(output).toMatch(/nnUNet_train: error: \/\S+\/fold_0\/\S+: no space left on the disk\n {2}Free space/);
  expect(output).not.toMatch(/This is an unexpected error/);
  const { metadata } = decodeSafetensors(readFileSync(latest));
  expect(JSON.parse(metadata.nnunet!).state.finished).toBe(false);
  expect(readdirSync(foldIn(results)).filter((name) => /lock|tmp/.test(name))).toEqual([]);

  rmSync(filler);
  const next = start(results, ['-c']);
  await next.until((text) => text.includes('continuing from') && /^epoch:/m.test(text));
  next.child.kill('SIGINT');
  expect((await next.ended).code).toBe(130);
});
