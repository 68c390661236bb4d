import { serveThread } from '@nnunet/threads/node';
import { type GraphRequest, LoadedGraphs } from './loaded-graphs.ts';

const graphs = new LoadedGraphs();

serveThread((request: GraphRequest) => graphs.answer(request));
