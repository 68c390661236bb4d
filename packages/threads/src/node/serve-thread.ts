import { parentPort, type Transferable } from 'node:worker_threads';
import { NnUNetError } from '@nnunet/errors';
import { toPortable } from '@nnunet/errors/internal';
import type { ThreadMessage } from './thread.ts';

/**
 * Turns the calling module into the worker of a {@link Thread} or {@link ThreadPool}: `work` is called with one item at
 * a time, and its results or errors are sent back.
 *
 * @param transfer returns the buffers of a result that are transferred instead of copied
 */
export function serveThread<Item, Result>(
  work: (item: Item) => Result | Promise<Result>,
  transfer: (result: Result) => readonly Transferable[] = () => [],
): void {
  const port = parentPort;
  if (port === null) throw new Error('serveThread is for modules that a Thread starts');
  const say = (message: ThreadMessage, buffers: readonly Transferable[] = []): void =>
    port.postMessage(message, [...buffers]);
  let queue: Promise<void> = Promise.resolve();
  const answer = (give: () => Result | Promise<Result>): void => {
    queue = queue.then(async () => {
      try {
        const result = await give();
        say({ kind: 'result', result }, transfer(result));
      } catch (error) {
        say({ kind: 'error', error: toPortable(error) });
      }
    });
  };
  port.on('message', (item: Item) => answer(() => work(item)));
  // An item that cannot be deserialised here would otherwise be awaited forever.
  port.on('messageerror', (error) => answer(() => Promise.reject(unreadable(error))));
  say({ kind: 'ready' });
}

function unreadable(cause: Error): NnUNetError {
  return new NnUNetError('unreadable-message', {
    what: `a worker thread could not read the data sent to it: ${cause.message}`,
    cause,
  });
}
