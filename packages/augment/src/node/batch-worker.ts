import { workerData } from 'node:worker_threads';
import { loadPlugins, serveThread } from '@nnunet/threads/node';
import type { Batch, BatchKey } from '../sample-batch.ts';
import { shippedTransforms } from '../transform-registry.ts';
import { type BatchIngredients, BatchMaker } from './batch-maker.ts';

const { plugins, ...ingredients } = workerData as BatchIngredients;
const maker = new BatchMaker({ ...ingredients, ...(await loadPlugins(plugins, { transforms: shippedTransforms })) });

serveThread((key: BatchKey) => maker.make(key), buffersOf);

/** The distinct buffers of a batch, to be transferred instead of copied. */
function buffersOf({ data, targets }: Batch): ArrayBuffer[] {
  return [...new Set([data, ...targets.map((target) => target.data)].map(({ buffer }) => buffer))] as ArrayBuffer[];
}
