export type { CroppedCase, Fingerprint } from '@nnunet/schema';
export { extractFingerprint, type FingerprintDataset, type FingerprintOptions } from './extract-fingerprint.ts';
export { intensityStatistics, sampleForeground } from './intensity-statistics.ts';
