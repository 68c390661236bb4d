import { shippedPreprocessors } from '@nnunet/preprocess';
import { loadPlugins, serveThread } from '@nnunet/threads/node';
import { buffersOfInput, CaseDesk, type CaseRequest } from './case-desk.ts';

const desk = new CaseDesk();
serveThread(async (request: CaseRequest) => {
  const plugins = request.kind === 'prepare' ? request.plugins : [];
  const { preprocessors } = await loadPlugins(plugins, { preprocessors: shippedPreprocessors });
  return await desk.handle(request, preprocessors);
}, buffersOfInput);
