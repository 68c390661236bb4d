import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

const CONTROL_GROUP = '/sys/fs/cgroup';

/**
 * Bytes that this process may take beyond what it has: what the system has free, or what the limit of its control group
 * (a container, a batch job) leaves, whichever is less. Files that the system keeps in memory count as free.
 */
export function freeMemory(): number {
  return Math.min(freemem(), roomOfGroup(CONTROL_GROUP) ?? roomOfProcess());
}

/** What the limit of a control group (version 2) leaves; undefined where there is none. @param folder of the group */
export function roomOfGroup(folder: string): number | undefined {
  const number = (file: string) => Number(readFileSync(`${folder}/${file}`, 'utf8'));
  try {
    // 'max' where there is no limit
    const room = number('memory.max') - number('memory.current');
    const files = /^file (\d+)$/m.exec(readFileSync(`${folder}/memory.stat`, 'utf8'))?.[1] ?? 0;
    return Number.isNaN(room) ? undefined : Math.max(0, room + Number(files));
  } catch {
    return undefined;
  }
}

function roomOfProcess(): number {
  // Without a limit the runtime says 0, or a number beyond all memory.
  const limit = process.constrainedMemory?.() || Number.POSITIVE_INFINITY;
  return Math.max(0, limit - process.memoryUsage.rss());
}
