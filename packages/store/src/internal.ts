export { readDatasetV2, readIntensityProperties, writeCaseProperties, writeIntensityProperties } from './json-files.ts';
export { lockHolder } from './lock.ts';
export { identifyJob } from './lock-owner.ts';
export { readNextStageRecord, requireOwnNextStage, writeNextStageRecord } from './next-stage-record.ts';
export { hasCasesOfV2, sourcesOfPrepared } from './prepared-folder.ts';
export { writePropertiesV2 } from './properties-v2.ts';
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
  writeMadeFrom,
} from './provenance.ts';
export {
  listTasks,
  resolveAnyTask,
  resolveDataset,
  resolveDatasetFirst,
  resolveTask,
  resolveTaskFirst,
  resolveTrainedTask,
} from './tasks.ts';
export { jsonOrPickleExists } from './v1-pickle.ts';
export {
  readValidatedWeights,
  readValidationRecord,
  requireOwnValidation,
  type ValidationRecord,
  writeValidationRecord,
} from './validation-record.ts';
export { compareModel, hashWeights, type ValidatedModel } from './weights-hash.ts';
