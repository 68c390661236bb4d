import type { ArgumentParser } from 'argparse';

/** Adds `--nan` to a command that writes summary.json. */
export function addNaNOption(parser: ArgumentParser): void {
  parser.add_argument('--nan', {
    action: 'store_true',
    help: "write undefined scores to summary.json as NaN, as v1 does and Python's json module accepts, instead of null",
  });
}
