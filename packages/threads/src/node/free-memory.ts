import { freemem } from 'node:os';
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

/** Bytes that work may take, beyond what this process has, where no limit is given: four fifths of what is free. */
export function spareMemory(): number {
  return SHARE * freeMemory();
}
