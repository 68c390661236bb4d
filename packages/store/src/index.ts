export type { ClassLocations } from '@nnunet/schema';
export {
  readCaseProperties,
  readDatasetDescription,
  readFingerprint,
  readPlans,
  readSplits,
  writeDatasetDescription,
  writeFingerprint,
  writePlans,
  writeSplits,
} from './json-files.ts';
export { acquireLock, type Lock, type LockOptions, withLock } from './lock.ts';
export type { LockOwner } from './lock-owner.ts';
export { openPreparedCase, type PreparedCase, type PreparedCaseContent, writePreparedCase } from './prepared-case.ts';
export { listCases } from './prepared-folder.ts';
