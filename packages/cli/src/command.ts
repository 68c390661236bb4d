import type { Reporter } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import type { ArgumentParser } from 'argparse';
import type { DocumentFields, DocumentName } from './documents.ts';

/** Everything a command receives besides its own arguments. */
export interface CommandContext {
  /** The folders given by --root or v1's three environment variables. */
  roots: Roots;
  reporter: Reporter;
  /** Aborted by Ctrl-C or a termination signal. */
  signal: AbortSignal;
  /** Prints a line of the command's result to standard output; with --json, to standard error. */
  print(line: string): void;
  /** Whether the result is asked for as a document. */
  json: boolean;
  /** Gives the command's result: with --json as a document, otherwise as lines. At most once. */
  answer<N extends DocumentName>(name: N, fields: DocumentFields<N>, lines: readonly string[]): void;
  /** Default number of worker threads: nnUNet_def_n_proc, otherwise the number of cores. */
  defaultWorkers: number;
  /** Number of threads that make training batches: nnUNet_n_proc_DA. */
  augmentationWorkers?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: the types of argparse's namespace depend on `define`.
export type Arguments = Record<string, any>;

/** An nnUNet_ command: its arguments and the function that it calls. */
export interface Command {
  description: string;
  define(parser: ArgumentParser): void;
  run(args: Arguments, context: CommandContext): Promise<void>;
}
