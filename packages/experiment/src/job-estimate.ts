/** What a job is expected to take. */
export interface JobEstimate {
  /** On an undisturbed machine; null where the speed of the device is not known yet. */
  seconds: number | null;
  /** Bytes of the process, at most. */
  memory: number;
  /** Threads that it makes use of. */
  threads: number;
}
