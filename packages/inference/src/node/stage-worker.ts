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
  // The prepared image is handed over instead of copied.
  (result) => (result === null ? [] : [result.image.data.buffer as ArrayBuffer]),
);
