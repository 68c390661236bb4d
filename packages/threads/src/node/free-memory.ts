import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { memoryGroups, roomOfGroup } from './control-group.ts';
import { jobMemory } from './job-limits.ts';

/** Fraction of the free memory that is used if no limit is given; the rest is for the system and other programs. */
const SHARE = 0.8;

/**
 * Returns the bytes that this process may still allocate: the system's free memory, or what its control groups (a
 * container, a batch job, its steps) leave, or the limit of its batch job (see `limitJob`), whichever is less. Files
 * cached by the system count as free.
 *
 * @param root folder that contains `proc` and the control groups
 */
export function freeMemory(root = '/'): number {
  const roomOfJob = Math.max(0, jobMemory() - heldMemory(root));
  return Math.min(freemem(), roomOfJob, ...memoryGroups(root).map(roomOfGroup));
}

/**
 * Returns the bytes that this process holds and cannot release; together with {@link freeMemory}, this is the most it
 * can reach. Its program files in memory do not count, just as they do not count towards the limit of a control group
 * that did not read them first.
 *
 * @param root folder that contains `proc`
 */
export function heldMemory(root = '/'): number {
  try {
    const status = readFileSync(join(root, 'proc/self/status'), 'utf8');
    const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)![1]);
    return bytes('RssAnon') + bytes('RssShmem');
  } catch {
    return process.memoryUsage.rss();
  }
}

/** Returns the bytes that work may allocate if no limit is given: four fifths of the free memory. */
export function spareMemory(): number {
  return SHARE * freeMemory();
}
