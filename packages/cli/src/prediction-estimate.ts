import { counted, secondsInWords } from '@nnunet/errors/internal';

export interface Estimate {
  cases: number;
  evaluations: number;
  seconds: number;
  atMost: boolean;
  unknown: number;
}

/** The estimate that nnUNet_predict prints before it starts. */
export function describeEstimate({ cases, evaluations, seconds, atMost, unknown }: Estimate): string {
  const all = counted(cases, 'case');
  if (unknown === cases) return `${all} of unknown size: the time will be estimated after the first`;
  const what = unknown > 0 ? `${all}, of which ${unknown} of unknown size` : all;
  const work = `${counted(evaluations, 'evaluation')} of the network`;
  const time = `about ${secondsInWords(seconds)}`;
  return atMost ? `${what}, at most ${work}: ${time} or less` : `${what}, ${work}: ${time}`;
}
