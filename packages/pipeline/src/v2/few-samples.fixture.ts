import type * as fingerprintV2 from '@nnunet/fingerprint/v2';

/** v2 draws 100 million intensities, which takes seconds; how they are drawn is tested where it is done. */
export function drawingFew(all: typeof fingerprintV2): typeof fingerprintV2 {
  return { ...all, sampleCaseV2: (one, options) => all.sampleCaseV2(one, { ...options, samples: 1000 }) };
}
