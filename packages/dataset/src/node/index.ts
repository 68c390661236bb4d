export type { ClassLocations } from './class-locations.ts';
export { type ConvertDecathlonOptions, type ConvertedTask, convertDecathlonTask } from './convert-decathlon.ts';
export { type GenerateDatasetJsonOptions, generateDatasetJson } from './generate-dataset-json.ts';
export {
  readCaseProperties,
  readDatasetDescription,
  readFingerprint,
  readIntensityProperties,
  readPlans,
  readSplits,
  writeCaseProperties,
  writeDatasetDescription,
  writeFingerprint,
  writeIntensityProperties,
  writePlans,
  writeSplits,
} from './json-files.ts';
export { acquireLock, type Lock, type LockOptions, readLock, withLock } from './lock.ts';
export { identifyJob, type LockOwner } from './lock-owner.ts';
export { requireOwnNextStage, writeNextStageRecord } from './next-stage-record.ts';
export {
  openPreparedCase,
  type PreparedCase,
  type PreparedCaseContent,
  writePreparedCase,
} from './prepared-case.ts';
export { listCases, sourcesOfPrepared } from './prepared-folder.ts';
export {
  checkMadeFrom,
  compareMadeFrom,
  hashFile,
  hashFiles,
  hashMadeFrom,
  hashSettings,
  MADE_FROM_FILE,
  type MadeFrom,
  readMadeFrom,
  requireFinished,
  type SourceChanges,
  writeMadeFrom,
} from './provenance.ts';
export { type RepairChange, type RepairOptions, repairDataset } from './repair-dataset.ts';
export { listTasks, resolveTask } from './tasks.ts';
export {
  readValidationRecord,
  requireOwnValidation,
  type ValidatedModel,
  type ValidationRecord,
  writeValidationRecord,
} from './validation-record.ts';
export { type VerifyOptions, type VerifyReport, verifyDataset } from './verify-dataset.ts';
export { hashWeights } from './weights-hash.ts';
