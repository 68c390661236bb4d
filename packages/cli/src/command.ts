import type { Reporter } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import type { ArgumentParser } from 'argparse';

/** What a command gets besides its own arguments. */
export interface CommandContext {
  /** Where --root or v1's three environment variables point to. */
  roots: Roots;
  reporter: Reporter;
  /** Aborted by Ctrl-C or a termination signal. */
  signal: AbortSignal;
  /** Prints a line of the command's result to standard output. */
  print(line: string): void;
  /** Default number of worker threads: nnUNet_def_n_proc, else what the machine has. */
  defaultWorkers: number;
  /** Threads that make training batches: nnUNet_n_proc_DA. */
  augmentationWorkers?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: argparse's namespace has the types that `define` gives it.
export type Arguments = Record<string, any>;

/** One nnUNet_ command: its arguments and the one function that it calls. */
export interface Command {
  description: string;
  define(parser: ArgumentParser): void;
  run(args: Arguments, context: CommandContext): Promise<void>;
}
