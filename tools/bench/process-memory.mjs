import { readdirSync, readFileSync } from 'node:fs';

/** A process and all its descendants. */
function family(pid) {
  const found = [pid];
  for (const member of found) {
    try {
      for (const task of readdirSync(`/proc/${member}/task`)) {
        const children = readFileSync(`/proc/${member}/task/${task}/children`, 'utf8').trim();
        if (children !== '') found.push(...children.split(' ').map(Number));
      }
    } catch {
      // ended meanwhile
    }
  }
  return found;
}

/** Proportional set size in bytes of a process and its descendants: pages that they share count once. Linux only. */
export function memoryOf(pid) {
  let sum = 0;
  for (const member of family(pid)) {
    try {
      sum += 1024 * Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${member}/smaps_rollup`, 'utf8'))[1]);
    } catch {
      // ended meanwhile
    }
  }
  return sum;
}

/** Looks at the memory of a process tree twenty times a second; `stop` returns the greatest sum seen, in bytes. */
export function watchMemory(pid) {
  let peak = memoryOf(pid);
  const look = () => {
    peak = Math.max(peak, memoryOf(pid));
  };
  const timer = setInterval(look, 50);
  return {
    stop() {
      look();
      clearInterval(timer);
      return peak;
    },
  };
}
