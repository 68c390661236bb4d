export type { ChannelStatisticsV2, CroppedCase, FingerprintV2 } from '@nnunet/schema';
export { extractFingerprintV2, type FingerprintOptionsV2 } from './v2/extract-fingerprint-v2.ts';
