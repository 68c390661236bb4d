import { isatty } from 'node:tty';
import { closeEarlyDebugger } from './early-debugger.ts';
import { StopSignals } from './stop-signals.ts';

/** Exit code after SIGHUP. */
const HANGUP = 129;

/**
 * Runs a command as a program: parses its arguments, calls its function, prints. Exit code 0 after success, 2 for wrong
 * usage, 1 for anything else, 128 + number after a signal that stopped it (130 for Ctrl-C, 143 for SIGTERM). An error is a
 * sentence on standard error, never a stack trace (set nnUNet_debug=1 to see one).
 *
 * The rest is loaded after the signals are listened to: until then SIGUSR1, by which clusters warn, opens Node's debugger.
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
    // An exit would give the terminal its settings back, and Node aborts where that has gone.
    if (onTerminal && signals.exitCode === HANGUP) process.kill(process.pid, 'SIGHUP');
  }
}
