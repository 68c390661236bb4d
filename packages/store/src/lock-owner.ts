import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Owner of a lock: the content of a lock file. */
export interface LockOwner {
  host: string;
  pid: number;
  /** The PID namespace of `pid`: containers on one host have their own. Omitted if unknown. */
  pidSpace?: string;
  /** Start time of that process, so that a new process with the same number is not mistaken for it. */
  processStart: string;
  /** When the lock was taken, ISO 8601. */
  since: string;
  /** The batch job that the process belongs to, see {@link identifyJob}. */
  job?: string;
}

let currentJob: string | undefined;

/**
 * Sets the batch job that this process belongs to, such as its Slurm job id; null for none. A job runs on one host at a
 * time: if it has been moved to another, the locks it left behind are its own. Only a program that reads the
 * environment can know the job; it calls this once.
 */
export function identifyJob(job: string | null): void {
  currentJob = job ?? undefined;
}

/** This process as an owner. */
export function thisProcess(): LockOwner {
  const pidSpace = ownPidSpace();
  return {
    host: hostname(),
    pid: process.pid,
    ...(pidSpace === undefined ? {} : { pidSpace }),
    processStart: processStart(process.pid) ?? '',
    since: new Date().toISOString(),
    ...(currentJob === undefined ? {} : { job: currentJob }),
  };
}

/** Whether this process can see the owner's process. */
export function isNeighbour(owner: LockOwner, me: LockOwner): boolean {
  if (owner.host !== me.host) return false;
  return owner.pidSpace === undefined || me.pidSpace === undefined || owner.pidSpace === me.pidSpace;
}

/** Whether a visible owner's process has ended. */
export function hasEnded(owner: LockOwner): boolean {
  const start = processStart(owner.pid);
  if (start === null) return true;
  return owner.processStart !== '' && start !== '' && start !== owner.processStart;
}

/** Whether a lock was left by this process's own job on another host. */
export function isOfSameJob(owner: LockOwner, me: LockOwner): boolean {
  return owner.job !== undefined && owner.job === me.job && owner.host !== me.host;
}

/** Parses the owner in a lock file; null if the content is invalid. */
export function parseOwner(text: string): LockOwner | null {
  try {
    const owner = JSON.parse(text) as LockOwner;
    const valid =
      typeof owner.host === 'string' && Number.isInteger(owner.pid) && typeof owner.processStart === 'string';
    return valid ? owner : null;
  } catch {
    return null;
  }
}

export function ownerInWords(owner: LockOwner | null): string {
  if (owner === null) return 'an unknown process';
  return `process ${owner.pid} on ${owner.host}${owner.since ? ` since ${owner.since}` : ''}`;
}

/**
 * Start time of a running process as counted by the system; '' if only its existence is known; null if it has ended.
 */
function processStart(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain spaces. Field 3 is the state, 22 the start in clock ticks after boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${bootId()}:${fields[19]}`;
  } catch {
    return '';
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}

function ownPidSpace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}
