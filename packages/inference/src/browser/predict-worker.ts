import type { Call } from '../call-protocol.ts';
import type { TabRequest } from '../tab-protocol.ts';
import { tabServer } from '../tab-server.ts';

/** The script of the worker that `loadModel` starts. */
const worker = globalThis as unknown as Worker;
const server = tabServer((answer, transfer) => worker.postMessage(answer, transfer));
worker.onmessage = ({ data }: MessageEvent<Call<TabRequest>>) => void server.receive(data);
