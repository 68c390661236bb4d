import { spawn } from 'node:child_process';
import { loadavg } from 'node:os';
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

/** Runs a command to its end: wall time, start-up included, and the memory of its processes. */
export async function runCommand(command, args, environment = {}) {
  const start = performance.now();
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
  return { seconds, memory };
}

const MB = 2 ** 20;

/**
 * Lets two sides take turns and prints both, with the ratio of the second (the peer) to the first.
 * @param sides name to a function of the round that gives { seconds, memory }
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
  const memory = names.map((name) => Math.max(...answers[name].map((a) => a.memory)) / MB);
  for (const [i, name] of names.entries()) {
    const each = seconds[i].map((s) => s.toFixed(2)).join(' ');
    const used = processor[i] === null ? '' : `, processor ${median(processor[i]).toFixed(2)} s`;
    console.log(
      `  ${name}: median ${median(seconds[i]).toFixed(2)} s of ${each}${used}, peak ${memory[i].toFixed(0)} MB`,
    );
  }
  if (names.length === 2) {
    const ofRounds = median(seconds[1].map((s, i) => s / seconds[0][i]));
    const ofMedians = median(seconds[1]) / median(seconds[0]);
    const ofProcessor = processor.includes(null)
      ? ''
      : `, ${(median(processor[1]) / median(processor[0])).toFixed(1)} of processor time`;
    console.log(
      `  ${names[1]} / ${names[0]}: time ${ofRounds.toFixed(1)} median of rounds, ${ofMedians.toFixed(1)} of medians${ofProcessor}; memory ${(memory[1] / memory[0]).toFixed(2)}`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, answers[name].at(-1)]));
}
