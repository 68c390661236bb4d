export type { ChannelStatisticsV2, CroppedCase, FingerprintV2 } from '@nnunet/schema';
export {
  type CaseSampleV2,
  extractFingerprintV2,
  type FingerprintOptionsV2,
  fingerprintOfSamplesV2,
  sampleCaseV2,
} from './v2/extract-fingerprint-v2.ts';
export type { ValueCounts } from './v2/value-counts.ts';
