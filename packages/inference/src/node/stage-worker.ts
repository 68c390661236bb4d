import { shippedPreprocessors } from '@nnunet/preprocess';
import { loadPlugins, serveThread } from '@nnunet/threads/node';
import { type StageRequest, StageWorker } from './stages.ts';

const worker = new StageWorker();
serveThread(
  async (request: StageRequest) => {
    const plugins = request.kind === 'prepare' ? request.plugins : [];
    const { preprocessors } = await loadPlugins(plugins, { preprocessors: shippedPreprocessors });
    return worker.handle(request, preprocessors);
  },
  // Transfer the prepared image instead of copying it.
  (result) => (result === null ? [] : [result.image.data.buffer as ArrayBuffer]),
);
