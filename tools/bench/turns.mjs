import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, startPeer } from './peer.mjs';
import { peakOf, resetPeak, watchMemory } from './process-memory.mjs';

export const startNode = () => startPeer(process.execPath, './data-peer.mjs');
export const startV2 = (python) =>
  startPeer(python, './nnunetv2_peer.py', {
    nnUNet_def_n_proc: '2',
    nnUNet_raw: '',
    nnUNet_preprocessed: '',
    nnUNet_results: '',
  });

/** A round of a side that answers lines: what it says it took, and the greatest resident size of its process meanwhile. */
export async function step(side, message) {
  resetPeak(side.pid);
  const answer = await side.ask({ command: 'step', ...message });
  return { ...answer, memory: peakOf(side.pid) };
}

/** Processor time of all ended children of this process and theirs, in seconds; the kernel counts it in hundredths. */
function processorOfChildren() {
  // cutime and cstime: fields 16 and 17, counted from 1; field 2 is the name of the program, in brackets
  const [user, system] = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ').slice(13, 15);
  return (Number(user) + Number(system)) / 100;
}

/**
 * Runs a command to its end: wall time, start-up included, the processor time and the memory of its processes, and what it
 * wrote.
 */
export async function runCommand(command, args, environment = {}) {
  const start = performance.now();
  const used = processorOfChildren();
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const watch = watchMemory(child.pid);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece) => {
      text += piece;
    });
  }
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const seconds = (performance.now() - start) / 1000;
  const memory = watch.stop();
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${text.slice(-4000)}`);
  return { seconds, processor: processorOfChildren() - used, memory, text };
}

const commands = fileURLToPath(new URL('../../packages/cli/bin/', import.meta.url));

/** Runs a command of this project, as built. */
export const ownCommand = (name, args, environment) =>
  runCommand(process.execPath, [join(commands, `${name}.mjs`), ...args], environment);

const MB = 2 ** 20;

/**
 * Lets the sides take turns and prints them, with the ratio of each further one (a peer) to the first.
 * @param sides name to a function of the round that gives { seconds, processor, memory }, the last two where they are known
 * @returns the last answer of each side
 */
export async function takeTurns(title, sides, rounds) {
  const names = Object.keys(sides);
  const answers = Object.fromEntries(names.map((name) => [name, []]));
  const load = loadavg()[0];
  for (let round = 0; round < rounds; round++) {
    for (const name of names) answers[name].push(await sides[name](round));
  }
  console.log(`${title} (load before ${load.toFixed(1)}, after ${loadavg()[0].toFixed(1)})`);
  const seconds = names.map((name) => answers[name].map((a) => a.seconds));
  // of all threads of a side; less shaken by what else the machine does
  const processor = names.map((name) =>
    answers[name][0].processor === undefined ? null : answers[name].map((a) => a.processor),
  );
  const memory = names.map((name) =>
    answers[name][0].memory === undefined ? null : Math.max(...answers[name].map((a) => a.memory)) / MB,
  );
  for (const [i, name] of names.entries()) {
    const each = seconds[i].map((s) => s.toFixed(2)).join(' ');
    const used = processor[i] === null ? '' : `, processor ${median(processor[i]).toFixed(2)} s`;
    const peak = memory[i] === null ? '' : `, peak ${memory[i].toFixed(0)} MB`;
    console.log(`  ${name}: median ${median(seconds[i]).toFixed(2)} s of ${each}${used}${peak}`);
  }
  for (let k = 1; k < names.length; k++) {
    const ratio = (values) => (values.includes(null) ? null : (values[1] / values[0]).toFixed(2));
    const ofRounds = median(seconds[k].map((s, i) => s / seconds[0][i])).toFixed(2);
    const ofMedians = ratio([median(seconds[0]), median(seconds[k])]);
    const ofProcessor = ratio([processor[0], processor[k]].map((list) => list && median(list)));
    const ofMemory = ratio([memory[0], memory[k]]);
    const more = `${ofProcessor === null ? '' : `, ${ofProcessor} of processor time`}${ofMemory === null ? '' : `; memory ${ofMemory}`}`;
    console.log(`  ${names[k]} / ${names[0]}: time ${ofRounds} median of rounds, ${ofMedians} of medians${more}`);
  }
  return Object.fromEntries(names.map((name) => [name, answers[name].at(-1)]));
}
