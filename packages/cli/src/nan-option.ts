import type { ArgumentParser } from 'argparse';

/** `--nan`, of the commands that write scores for others to read. */
export function addNaNOption(parser: ArgumentParser): void {
  parser.add_argument('--nan', {
    action: 'store_true',
    help: "write scores that are not a number to summary.json as v1 does, as NaN, which Python's json reads; default: null",
  });
}
