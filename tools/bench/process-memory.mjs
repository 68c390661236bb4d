import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

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

/**
 * Looks at the memory of a process tree again and again; `stop` returns the greatest sum seen, in bytes. A look holds up
 * the page faults of a large process, so that looks follow each other at thirty times what one takes.
 */
export function watchMemory(pid) {
  let peak = 0;
  let timer;
  const look = () => {
    const start = performance.now();
    peak = Math.max(peak, memoryOf(pid));
    timer = setTimeout(look, Math.max(50, 30 * (performance.now() - start)));
  };
  look();
  return {
    stop() {
      clearTimeout(timer);
      return peak;
    },
  };
}

/** Starts the greatest resident size of a process anew. */
export function resetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Greatest resident size of one process in bytes since it started, or since {@link resetPeak}; kept by the kernel. */
export function peakOf(pid) {
  return 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}
