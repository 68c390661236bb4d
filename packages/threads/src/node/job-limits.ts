import { availableParallelism } from 'node:os';

/** What a batch job may use of its machine. */
export interface JobLimits {
  processors?: number | undefined;
  /** In bytes. */
  memory?: number | undefined;
}

let limits: JobLimits = {};

/**
 * Sets what the batch job of this process may use, which the system need not enforce or tell. Only a program that reads
 * the environment can know it; it calls this once.
 */
export function limitJob(given: JobLimits): void {
  limits = given;
}

/** Returns the number of processors that this process may use. */
export function usableProcessors(): number {
  return Math.min(availableParallelism(), limits.processors ?? Number.POSITIVE_INFINITY);
}

/** Returns the memory that the batch job may use, in bytes; infinite without a limit. */
export function jobMemory(): number {
  return limits.memory ?? Number.POSITIVE_INFINITY;
}
