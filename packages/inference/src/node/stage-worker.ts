import { shippedLookup } from '@nnunet/preprocess/internal';
import { loadPlugins, serveThread } from '@nnunet/threads/node';
import { type StageRequest, StageWorker } from './stages.ts';

const worker = new StageWorker();
serveThread(
  async (request: StageRequest) => {
    const plugins = request.kind === 'prepare' ? request.plugins : [];
    return worker.handle(request, await loadPlugins(plugins, shippedLookup));
  },
  // Transfer the prepared image instead of copying it.
  (result) => (result === null ? [] : [result.image.data.buffer as ArrayBuffer]),
);
