import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** glibc gives each large tensor back to the system unless told not to; where page faults are dear, half of PyTorch's time. */
export const keptMemory = {
  MALLOC_MMAP_THRESHOLD_: '8589934592',
  MALLOC_TRIM_THRESHOLD_: '17179869184',
  MALLOC_TOP_PAD_: '268435456',
  OMP_WAIT_POLICY: 'PASSIVE',
};

/** A side of the comparison, in a process of its own: one JSON command a line, one JSON answer a line. */
export function startPeer(command, script, environment = {}) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(command, [path], { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    async ask(message) {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} ended`);
      return JSON.parse(value);
    },
    stop() {
      child.stdin.end();
    },
  };
}

export const startOwn = () => startPeer(process.execPath, './nnunet-peer.mjs');
export const startTorch = (python) => startPeer(python, './torch_peer.py', keptMemory);

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** 'of medians, median of rounds, of minima'. */
function ratios(own, other) {
  const perRound = own.map((s, i) => s / other[i]);
  const list = [median(own) / median(other), median(perRound), Math.min(...own) / Math.min(...other)];
  return list.map((r) => r.toFixed(2)).join(', ');
}

/**
 * Lets the sides take turns, so that both see the same load of the machine; the first round is for warming up.
 * Prints each round, and the ratios to the last side (PyTorch).
 * @param sides name to peer
 */
export async function compare(sides, rounds) {
  const names = Object.keys(sides);
  const reference = names[names.length - 1];
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    const cells = [];
    for (const name of names) {
      const answer = await sides[name].ask({ command: 'step' });
      if (round > 0) results[name].push(answer);
      cells.push(`${name} ${answer.seconds.toFixed(3)} s (${answer.value.toPrecision(7)})`);
    }
    console.log(`  ${round === 0 ? 'warm-up' : `round ${round}`}: ${cells.join(', ')}`);
  }
  const column = (name, key) => results[name].map((answer) => answer[key]);
  for (const name of names) {
    const [wall, cpu] = [column(name, 'seconds'), column(name, 'cpu')];
    const peak = Math.max(...column(name, 'peak')).toFixed(0);
    console.log(
      `  ${name}: wall median ${median(wall).toFixed(3)} s, min ${Math.min(...wall).toFixed(3)} s; processor median ${median(cpu).toFixed(3)} s, min ${Math.min(...cpu).toFixed(3)} s; peak ${peak} MB`,
    );
    if (name === reference) continue;
    console.log(
      `    ratio to ${reference} (of medians, median of rounds, of minima): wall ${ratios(wall, column(reference, 'seconds'))}; processor time ${ratios(cpu, column(reference, 'cpu'))}`,
    );
  }
}
