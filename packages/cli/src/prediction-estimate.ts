import { secondsInWords } from '@nnunet/errors/internal';

interface Estimate {
  cases: number;
  evaluations: number;
  seconds: number;
  atMost: boolean;
  unknown: number;
}

/** What nnUNet_predict says before it starts. */
export function describeEstimate({ cases, evaluations, seconds, atMost, unknown }: Estimate): string {
  const known = cases - unknown;
  const rest = unknown > 0 ? `, of which ${unknown} of unknown size` : '';
  const what = `${cases} case${cases === 1 ? '' : 's'}${rest}`;
  if (known === 0) return `${what}: how long it takes shows after the first`;
  const time = `about ${secondsInWords(seconds)}`;
  return atMost
    ? `${what}, at most ${evaluations} evaluations of the network: ${time} or less`
    : `${what}, ${evaluations} evaluations of the network: ${time}`;
}
