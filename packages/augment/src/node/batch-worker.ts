import { parentPort, workerData } from 'node:worker_threads';
import { toPortable } from '@nnunet/errors/internal';
import { sampleBatch, validationBatch } from '../sample-batch.ts';
import { type BatchAnswer, type BatchRequest, type BatchWorkerData, buffersOf } from './batch-messages.ts';
import { openSource } from './source-description.ts';

/** A thread that makes batches one after the other, in the order it is asked for them. */
const { source: description, recipe, validation } = workerData as BatchWorkerData;
const port = parentPort!;
const opened = openSource(description);
opened.catch(() => undefined);
let queue: Promise<void> = Promise.resolve();

async function answer({ index, key }: BatchRequest): Promise<void> {
  try {
    const batch = await (validation ? validationBatch : sampleBatch)(await opened, recipe, key);
    port.postMessage({ index, batch } satisfies BatchAnswer, buffersOf(batch));
  } catch (error) {
    port.postMessage({ index, error: toPortable(error) } satisfies BatchAnswer);
  }
}

// Ends the thread: a request that cannot be read has no number to answer to.
port.on('messageerror', (error) => {
  throw error;
});
port.on('message', (request: BatchRequest) => {
  queue = queue.then(() => answer(request));
});
