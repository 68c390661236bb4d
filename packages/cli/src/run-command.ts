import { isNnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { resolveRoots } from '@nnunet/schema';
import { fileError } from '@nnunet/tensor/node/internal';
import { outliveReaders } from './closed-output.ts';
import { CommandParser } from './command-parser.ts';
import { commands } from './command-table.ts';
import { countIn } from './count-variable.ts';
import { withFlags } from './option-flags.ts';
import { slurmJob, slurmLimits } from './slurm-job.ts';
import type { StopSignals } from './stop-signals.ts';
import { TerminalReporter } from './terminal-reporter.ts';

/** Parses the arguments of a command, calls its function, prints, and sets the exit code: see `main`. */
export async function runCommand(name: string, argv: readonly string[], signals: StopSignals): Promise<void> {
  // Must come first: even the output of argument parsing may have no reader.
  outliveReaders(name);
  const { command } = await commands[name]!();
  const parser = new CommandParser(name, command.description);
  command.define(parser);
  parser.add_argument('--root', {
    metavar: 'DIR',
    help:
      'folder for all data and models: sets nnUNet_raw_data_base to DIR/nnUNet_raw_data_base, nnUNet_preprocessed to ' +
      'DIR/nnUNet_preprocessed and RESULTS_FOLDER to DIR/nnUNet_results. Takes precedence over these environment variables',
  });
  const reporter = new TerminalReporter(process.stderr, Date.now, (text) => withFlags(text, name));
  signals.onStop((signal) => reporter.message(`${signal} received, stopping (press Ctrl-C again to stop immediately)`));

  try {
    const args = parser.parse(argv);
    const { identifyJob } = await import('@nnunet/store/internal');
    const { limitJob, usableProcessors } = await import('@nnunet/threads/node/internal');
    identifyJob(slurmJob(process.env));
    limitJob({ ...slurmLimits(process.env), ...shareOfMachine(process.env) });
    // A signal may have arrived while the command was loading.
    signals.signal.throwIfAborted();
    await command.run(args, {
      roots: resolveRoots({ root: args.root, env: process.env }),
      reporter,
      signal: signals.signal,
      print: (line) => {
        reporter.close();
        process.stdout.write(`${line}\n`);
      },
      defaultWorkers: countIn(process.env.nnUNet_def_n_proc) ?? usableProcessors(),
      augmentationWorkers: countIn(process.env.nnUNet_n_proc_DA),
    });
    if (signals.exitCode !== null) process.exitCode = signals.exitCode;
  } catch (error) {
    reporter.close();
    if (signals.exitCode !== null) {
      process.exitCode = signals.exitCode;
      // An error thrown because of the stop adds nothing; a failure to save does.
      if (!isOfStopping(error)) process.stderr.write(`${name}: error: ${withFlags(describe(error), name)}\n`);
      return;
    }
    const usage = isNnUNetError(error, 'usage');
    if (usage) process.stderr.write(parser.format_usage());
    process.stderr.write(`${name}: error: ${withFlags(describe(error), name)}\n`);
    if (process.env.nnUNet_debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    // A command may have chosen another one.
    process.exitCode ||= usage ? 2 : 1;
  }
}

/** The share of the machine that nnUNet_run gives to each of several jobs at once. */
function shareOfMachine(env: NodeJS.ProcessEnv): { processors?: number } {
  const processors = countIn(env.nnUNet_processors);
  return processors === undefined ? {} : { processors };
}

function isOfStopping(error: unknown): boolean {
  return isNnUNetError(error, 'loader-stopped') || (error as Error | null)?.name === 'AbortError';
}

function describe(error: unknown): string {
  const known = isNnUNetError(error) ? error : ofFileSystem(error);
  if (known !== null) return known.message;
  const text = messageOf(error);
  return `${text}\n  This is an unexpected error. Please report it, with the output of the same command run with nnUNet_debug=1.`;
}

/** Turns a file system error into one that names the file and the remedy; null for other errors. */
function ofFileSystem(error: unknown): Error | null {
  const path = (error as NodeJS.ErrnoException | null)?.path;
  if (path === undefined) return null;
  const found = fileError(error, path);
  return isNnUNetError(found) ? found : null;
}
