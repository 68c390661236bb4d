// Shows that a training that is killed at random moments and continued ends with the weights of an unbroken one, bit for
// bit, with any number of augmentation workers, and that no signal that asks to stop loses anything. The step is built anew
// at each epoch: some kills come meanwhile.
//
// node tools/robustness/kill-and-resume.mjs [--kills 20] [--workers 1,2,4] [--epochs 12] [--iterations 50] [--seed N]
import { watch } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareTask, Training } from './training-process.mjs';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    workers: { type: 'string', default: '1,2,4' },
    epochs: { type: 'string', default: '12' },
    iterations: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const kills = Number(values.kills);
const workers = values.workers.split(',').map(Number);
const steps = Number(values.epochs) * Number(values.iterations);
const CHECKPOINTS = ['model_final_checkpoint', 'model_best'];
let failures = 0;

/** Numbers in [0, 1) (mulberry32), so that a run can be repeated with --seed. */
let randomState = Number(values.seed);
function random() {
  randomState = (randomState + 0x6d2b79f5) | 0;
  let t = Math.imul(randomState ^ (randomState >>> 15), 1 | randomState);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function expect(what, holds, found = '') {
  if (!holds) failures++;
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}${holds ? '' : ` ${found}`}`);
}

/** Final and best model, and the course of the training, against those of the unbroken one. */
function expectSame(training, whole) {
  for (const kind of CHECKPOINTS) {
    const [there, expected] = [training, whole].map((t) => t.files().includes(`${kind}.safetensors`));
    if (!there || !expected) {
      expect(`${training.name}: has as few checkpoints as the unbroken one`, there === expected, kind);
      continue;
    }
    const [found, wanted] = [training.checkpoint(kind), whole.checkpoint(kind)];
    expect(
      `${training.name}: ${kind}, sha256 ${wanted.sha256.slice(0, 16)}`,
      found.sha256 === wanted.sha256,
      found.sha256,
    );
    for (const key of ['trainLosses', 'validationLosses', 'validationMetrics', 'learningRates']) {
      const same = JSON.stringify(found.state.log[key]) === JSON.stringify(wanted.state.log[key]);
      if (!same) expect(`${training.name}: ${kind}, ${key}`, false, 'differ');
    }
  }
  expect(`${training.name}: no unfinished file is left`, training.unfinishedFiles().length === 0);
}

/** Resolves when the training begins to write a checkpoint, or after two seconds. */
function writingBegins(folder) {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_, name) => {
      if (/^\.model_.*\.tmp$/.test(name ?? '')) done();
    });
    const timer = setTimeout(done, 2000);
    function done() {
      clearTimeout(timer);
      watcher.close();
      resolve();
    }
  });
}

/** Of six kills one comes while the command starts, two at any moment of the training, two while it writes, one while it changes its step. */
const KINDS = ['writing', 'phase', 'any', 'start', 'writing', 'any'];

async function killOnce(training, index, startUp) {
  const kind = KINDS[index % KINDS.length];
  const before = training.unfinishedFiles();
  const { child, stepped, rebuilding, ended } = training.start();
  if (kind === 'start') await delay(random() * startUp);
  else if (kind === 'phase') {
    await stepped(1);
    await rebuilding();
    await delay(random() * 100);
  } else {
    // On average half of the training is done when the last kill comes. Between two steps as well as within one.
    await stepped(1 + (random() * steps) / kills);
    await delay(random() * 10);
    if (kind === 'writing' && child.exitCode === null) {
      await writingBegins(training.fold);
      await delay(random() * 6);
    }
  }
  child.kill('SIGKILL');
  const { signal, output } = await ended;
  const from = /after epoch (\d+)/.exec(output)?.[1];
  const started =
    from !== undefined ? `went on after epoch ${from}` : /^epoch:/m.test(output) ? 'had begun anew' : 'had not begun';
  const cut = training.unfinishedFiles().some((name) => !before.includes(name));
  console.log(
    `       kill ${index + 1} (${kind}): ${signal ?? 'had ended'}, ${started}${cut ? ', a checkpoint was half-written' : ''}`,
  );
  return { killed: signal === 'SIGKILL', cut };
}

const root = await mkdtemp(join(tmpdir(), 'kill-and-resume-'));
try {
  console.log(`${kills} kills, workers ${workers.join(', ')}, seed ${values.seed}`);
  prepareTask(root);
  const options = ['--epochs', values.epochs, '--iterations_per_epoch', values.iterations];
  const training = (name, more = options) => new Training({ root, name, options: more });

  const whole = training('unbroken');
  const times = await whole.finish({ workers: workers[0] });
  console.log(`       unbroken: ${times.seconds.toFixed(1)} s of training`);
  if (!whole.files().includes('model_best.safetensors')) console.log('       unbroken: too short for a best model');

  for (const count of workers.slice(1)) {
    const other = training(`${count} workers`);
    await other.finish({ workers: count });
    expectSame(other, whole);
  }

  const broken = training('killed');
  let done = 0;
  let cuts = 0;
  while (done < kills && !broken.hasFinished()) {
    const { killed, cut } = await killOnce(broken, done, times.startUp);
    if (killed) done++;
    if (cut) cuts++;
  }
  expect(`killed ${kills} times`, done === kills, `only ${done} times`);
  console.log(`       ${cuts} of ${done} kills cut a checkpoint short`);
  await broken.finish({ workers: workers.at(-1) });
  expectSame(broken, whole);

  const stopped = training('signals');
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
  for (const signal of signals) {
    const code = 128 + constants.signals[signal];
    const { child, stepped, rebuilding, ended } = stopped.start();
    await stepped(1 + (random() * steps) / (signals.length + 1));
    if (signal === 'SIGHUP') await rebuilding();
    child.kill(signal);
    const end = await ended;
    expect(`${signal}: exit code ${code}`, end.code === code, `${end.code}\n${end.output}`);
    expect(`${signal}: says how to go on`, end.output.includes('continue with the same command and -c'), end.output);
    expect(`${signal}: model_latest is there`, stopped.files().includes('model_latest.safetensors'));
    expect(`${signal}: opens no debugger`, !end.output.includes('Debugger listening'), end.output);
  }
  await stopped.finish();
  expectSame(stopped, whole);

  // The learning rate of a time budget follows the clock: what is promised is the time, not the weights.
  const budget = Math.max(8, Math.ceil(times.seconds / 2));
  const timed = training('time budget', ['--time_budget', `${budget}s`, '--iterations_per_epoch', values.iterations]);
  const { child, stepped, ended } = timed.start();
  await stepped(1);
  await delay(budget * 500);
  while (!timed.hasCheckpoint()) await delay(20);
  child.kill('SIGKILL');
  await ended;
  const { elapsedSeconds: before, epoch } = timed.checkpoint('model_latest').state;
  expect('time budget: the time used is in the checkpoint', before > 0 && before <= budget, `${before} of ${budget} s`);
  await timed.finish();
  const { elapsedSeconds, log } = timed.checkpoint('model_final_checkpoint').state;
  expect('time budget: ends when it is used up', elapsedSeconds >= budget, `${elapsedSeconds} of ${budget} s`);
  const [rate, highest] = [log.learningRates[epoch], 0.01 * (1 - before / budget) ** 0.9];
  expect(
    'time budget: a resumed run goes on where the time stood',
    (rate ?? 0) <= highest,
    `rate ${rate} above ${highest}`,
  );
  const falling = log.learningRates.every((rate, i) => i === 0 || rate < log.learningRates[i - 1]);
  expect('time budget: the learning rate falls on', falling, log.learningRates.join());
} finally {
  await rm(root, { recursive: true, force: true });
}
console.log(failures === 0 ? 'all hold' : `${failures} FAILED`);
process.exitCode = failures === 0 ? 0 : 1;
