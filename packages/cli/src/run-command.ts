import { isNnUNetError, type NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { resolveRoots } from '@nnunet/schema';
import { fileError } from '@nnunet/tensor/node/internal';
import { outliveReaders } from './closed-output.ts';
import { CommandOutput } from './command-output.ts';
import { CommandParser } from './command-parser.ts';
import { countIn } from './count-variable.ts';
import { commandCalled } from './nnunet-program.ts';
import { withFlags } from './option-flags.ts';
import { slurmJob, slurmLimits } from './slurm-job.ts';
import type { StopSignals } from './stop-signals.ts';
import { TerminalReporter } from './terminal-reporter.ts';

/** Finds the command that a program calls, parses its arguments, calls its function, prints, and sets the exit code: see `main`. */
export async function runCommand(program: string, given: readonly string[], signals: StopSignals): Promise<void> {
  // Must come first: even the output of argument parsing may have no reader.
  outliveReaders(program);
  let name = program;
  let shown = program;
  let parser: CommandParser | undefined;
  const worded = (text: string) => withFlags(text, name);
  const reporter = new TerminalReporter(process.stderr, Date.now, worded);
  // Arguments that cannot be parsed are an error for programs, too.
  const output = new CommandOutput(given.includes('--json'));
  signals.onStop((signal) => reporter.message(`${signal} received, stopping (press Ctrl-C again to stop immediately)`));

  try {
    const called = commandCalled(program, given);
    ({ name, shown } = called);
    const { command } = await called.load();
    parser = new CommandParser(shown, command.description);
    command.define(parser);
    addCommonOptions(parser);
    const args = parser.parse(called.argv);
    output.json = args.json;
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
        output.print(line);
      },
      json: output.json,
      answer: (document, fields, lines) => {
        reporter.close();
        output.answer(document, fields, lines);
      },
      defaultWorkers: countIn(process.env.nnUNet_def_n_proc) ?? usableProcessors(),
      augmentationWorkers: countIn(process.env.nnUNet_n_proc_DA),
    });
    output.finish();
    if (signals.exitCode !== null) process.exitCode = signals.exitCode;
  } catch (error) {
    reporter.close();
    const details = detailsOf(error);
    const tell = () => {
      process.stderr.write(`${shown}: error: ${worded(details.message)}\n`);
      output.fail(forPrograms(details, worded));
    };
    if (signals.exitCode !== null) {
      process.exitCode = signals.exitCode;
      // An error thrown because of the stop adds nothing; a failure to save does.
      if (isOfStopping(error)) return output.fail({ ...STOPPED, what: messageOf(signals.signal.reason) });
      return tell();
    }
    const usage = isNnUNetError(error, 'usage');
    if (usage && parser !== undefined) process.stderr.write(parser.format_usage());
    tell();
    if (process.env.nnUNet_debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    // A command may have chosen another one.
    process.exitCode ||= usage ? 2 : 1;
  }
}

function addCommonOptions(parser: CommandParser): void {
  parser.add_argument('--root', {
    metavar: 'DIR',
    help:
      'folder for all data and models: sets nnUNet_raw_data_base to DIR/nnUNet_raw_data_base, nnUNet_preprocessed to ' +
      "DIR/nnUNet_preprocessed and RESULTS_FOLDER to DIR/nnUNet_results, and v2's nnUNet_raw to DIR/nnUNet_raw. Takes " +
      'precedence over these environment variables',
  });
  parser.add_argument('--json', {
    action: 'store_true',
    help: 'for programs: write the result, or the error, to standard output as one JSON document; see docs/for_programs.md',
  });
}

/** The share of the machine that nnUNet_run gives to each of several jobs at once. */
function shareOfMachine(env: NodeJS.ProcessEnv): { processors?: number } {
  const processors = countIn(env.nnUNet_processors);
  return processors === undefined ? {} : { processors };
}

function isOfStopping(error: unknown): boolean {
  return isNnUNetError(error, 'loader-stopped') || (error as Error | null)?.name === 'AbortError';
}

/** What happened if a signal stopped the command. */
const STOPPED = { tag: 'stopped', where: null, remedy: null };

type Details = Pick<NnUNetError, 'message' | 'what' | 'where' | 'remedy'> & { tag: string };

function detailsOf(error: unknown): Details {
  const known = isNnUNetError(error) ? error : ofFileSystem(error);
  if (known !== null) return known;
  const remedy =
    'This is an unexpected error. Please report it, with the output of the same command run with nnUNet_debug=1.';
  const what = messageOf(error);
  return { tag: 'unexpected', message: `${what}\n  ${remedy}`, what, where: undefined, remedy };
}

function forPrograms({ tag, what, where, remedy }: Details, worded: (text: string) => string) {
  return { tag, what: worded(what), where: where ?? null, remedy: remedy === undefined ? null : worded(remedy) };
}

/** Turns a file system error into one that names the file and the remedy; null for other errors. */
function ofFileSystem(error: unknown): NnUNetError | null {
  const path = (error as NodeJS.ErrnoException | null)?.path;
  if (path === undefined) return null;
  const found = fileError(error, path);
  return isNnUNetError(found) ? found : null;
}
