import type { TabRequest } from '../tab-protocol.ts';
import { TabServer } from '../tab-server.ts';

/** The script of the worker that `loadModel` starts. */
const worker = globalThis as unknown as Worker;
const server = new TabServer((answer, transfer) => worker.postMessage(answer, transfer));
worker.onmessage = ({ data }: MessageEvent<TabRequest>) => void server.receive(data);
