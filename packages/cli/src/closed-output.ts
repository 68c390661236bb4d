/** What a stream says whose reader has ended (`… | head -1`), or whose terminal is gone. */
const CLOSED = ['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'];

/**
 * Lets a program go on to its end where nobody reads what it writes any more: hours of work are worth more than a line of
 * progress. Its exit code stays that of its work. Where standard output cannot be written for another reason (it goes to a
 * file on a full disk) the exit code is 1, and that is said once.
 *
 * @param name of the program
 */
export function outliveReaders(name: string, { stdout, stderr } = process): void {
  let said = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (said || CLOSED.includes(error.code ?? '')) return;
    said = true;
    stderr.write(`${name}: error: its output cannot be written: ${error.message}\n`);
    process.exitCode = 1;
  });
  // There is nobody left to tell.
  stderr.on('error', () => undefined);
}
