import type { Call } from '@nnunet/inference/internal';
import type { TuningRequest } from '../tuning-protocol.ts';
import { tuningServer } from '../tuning-server.ts';

/** The script of the worker that `prepareFineTuning` starts. */
const worker = globalThis as unknown as Worker;
const server = tuningServer((answer, transfer) => worker.postMessage(answer, transfer));
worker.onmessage = ({ data }: MessageEvent<Call<TuningRequest>>) => void server.receive(data);
