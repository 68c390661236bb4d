import { isatty } from 'node:tty';
import { closeEarlyDebugger } from './early-debugger.ts';
import { StopSignals } from './stop-signals.ts';

/** Exit code after SIGHUP. */
const HANGUP = 129;

/**
 * Runs a command as a program: parses its arguments, calls its function and prints the result. The exit code is 0 after
 * success, 2 for wrong usage, 1 for other errors, that of the job's command for `nnUNet_run --job`, and 128 + the signal number after a signal stopped it (130 for Ctrl-C,
 * 143 for SIGTERM). Errors are printed to standard error without a stack trace (set nnUNet_debug=1 to see it).
 *
 * The rest is loaded only after signal listeners are in place: until then, SIGUSR1, with which clusters send warnings, opens
 * Node's debugger.
 */
export async function main(name: string, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const onTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const signals = new StopSignals();
  try {
    if (await closeEarlyDebugger()) signals.receive('SIGUSR1');
    const { runCommand } = await import('./run-command.ts');
    if (await closeEarlyDebugger()) signals.receive('SIGUSR1');
    await runCommand(name, argv, signals);
  } finally {
    signals.close();
    // A normal exit restores the terminal's settings, and Node aborts if the terminal is gone.
    if (onTerminal && signals.exitCode === HANGUP) process.kill(process.pid, 'SIGHUP');
  }
}
