import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who holds a lock: the content of a lock file. */
export interface LockOwner {
  host: string;
  pid: number;
  /** The process numbers that `pid` is one of: containers on one host have their own. Left out where that is unknown. */
  pidSpace?: string;
  /** When that process started, so that a new process with the same number is not taken for it. */
  processStart: string;
  /** When the lock was taken, ISO 8601. */
  since: string;
  /** The job of a queue that the process belongs to, see {@link identifyJob}. */
  job?: string;
}

let currentJob: string | undefined;

/**
 * Names the job of a queue that this process belongs to, such as Slurm's number of it; null for none. A job runs on one
 * host at a time: where it was moved to another, the locks that it left are its own. Only a program that reads the
 * environment can know it, and calls this once.
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

/** Whether an owner's process can be looked for from here. */
export function isNeighbour(owner: LockOwner, me: LockOwner): boolean {
  if (owner.host !== me.host) return false;
  return owner.pidSpace === undefined || me.pidSpace === undefined || owner.pidSpace === me.pidSpace;
}

/** Whether the process of a neighbour has ended. */
export function hasEnded(owner: LockOwner): boolean {
  const start = processStart(owner.pid);
  if (start === null) return true;
  return owner.processStart !== '' && start !== '' && start !== owner.processStart;
}

/** Whether a lock was left by this process's own job, on another host. */
export function isOfSameJob(owner: LockOwner, me: LockOwner): boolean {
  return owner.job !== undefined && owner.job === me.job && owner.host !== me.host;
}

/** The owner that a lock file names; null where its content is none. */
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

/** Start of a living process as the system counts it; '' where only its being alive can be told; null when it is gone. */
function processStart(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EPERM') return null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces. Field 3 is the state, 22 the start in clock ticks after boot.
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
