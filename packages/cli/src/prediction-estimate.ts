import { secondsInWords } from '@nnunet/errors/internal';

export interface Estimate {
  cases: number;
  evaluations: number;
  seconds: number;
  atMost: boolean;
  unknown: number;
}

/** The estimate that nnUNet_predict prints before it starts. */
export function describeEstimate({ cases, evaluations, seconds, atMost, unknown }: Estimate): string {
  const known = cases - unknown;
  const rest = unknown > 0 ? `, of which ${unknown} of unknown size` : '';
  const what = `${cases} case${cases === 1 ? '' : 's'}${rest}`;
  if (known === 0) return `${what}: the time will be estimated after the first`;
  const time = `about ${secondsInWords(seconds)}`;
  return atMost
    ? `${what}, at most ${evaluations} evaluations of the network: ${time} or less`
    : `${what}, ${evaluations} evaluations of the network: ${time}`;
}
