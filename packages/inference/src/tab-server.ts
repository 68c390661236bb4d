import type { Answer } from './call-protocol.ts';
import { CallServer } from './call-server.ts';
import { TabModel } from './tab-model.ts';
import type { TabProgress, TabRequest } from './tab-protocol.ts';

/** Returns what answers the requests of a page about one model. @param say sends a message to the page */
export function tabServer(say: (answer: Answer<TabProgress>, transfer: ArrayBuffer[]) => void) {
  let model: TabModel | undefined;
  return new CallServer<TabRequest, TabProgress>(async (request, context) => {
    if (request.kind === 'load') {
      model = await TabModel.load(request, context);
      return { result: model.facts };
    }
    if (request.kind === 'estimate') return { result: await model!.estimate(request) };
    const result = await model!.predict(request, context);
    const { labels, probabilities } = result;
    return { result, transfer: [labels.data.buffer, ...(probabilities ? [probabilities.data.buffer] : [])] };
  }, say);
}
