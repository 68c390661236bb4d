/** Error codes of a stream whose reader has ended (`… | head -1`) or whose terminal is gone. */
const CLOSED = ['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'];

/**
 * Lets a program finish even if nobody reads its output any more: hours of work are worth more than a line of progress.
 * This does not change the exit code. If standard output cannot be written for another reason, such as a full disk, the
 * exit code is 1 and one error is printed.
 *
 * @param name name of the program
 */
export function outliveReaders(name: string, { stdout, stderr } = process): void {
  let said = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (said || CLOSED.includes(error.code ?? '')) return;
    said = true;
    stderr.write(`${name}: error: cannot write its output: ${error.message}\n`);
    process.exitCode = 1;
  });
  // Nobody is left to report this to.
  stderr.on('error', () => undefined);
}
