import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { memoryGroups, roomOfGroup } from './control-group.ts';

/** Share of the free memory that is taken where no limit is given; the system and other programs have the rest. */
const SHARE = 0.8;

/**
 * Bytes that this process may take beyond what it has: what the system has free, or what the control groups it is in (a
 * container, a batch job, its steps) leave, whichever is less. Files that the system keeps in memory count as free.
 *
 * @param root where `proc` and the control groups are looked for
 */
export function freeMemory(root = '/'): number {
  return Math.min(freemem(), ...memoryGroups(root).map(roomOfGroup));
}

/**
 * Bytes that this process holds and cannot give back: what it and {@link freeMemory} can reach together. The files of its
 * program that are in memory do not count, as they do not in the limit of a control group that did not read them first.
 *
 * @param root where `proc` is looked for
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

/** Bytes that work may take, beyond what this process has, where no limit is given: four fifths of what is free. */
export function spareMemory(): number {
  return SHARE * freeMemory();
}
