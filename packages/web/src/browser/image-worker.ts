import { type Call, CallServer } from '@nnunet/inference/internal';
import type { ImageRequest } from './image-protocol.ts';
import { readGivenImage } from './read-image.ts';
import { seriesApart } from './series-apart.ts';
import { unpackImages } from './unpack-images.ts';

/** The script of the worker that reads images other than NIfTI; started when the first one is given. */
const worker = globalThis as unknown as Worker;
const server = new CallServer<ImageRequest, never>(
  async (request) => {
    if (request.kind === 'unpack') return { result: await unpackImages(request.archive) };
    if (request.kind === 'apart') return { result: await seriesApart(request.images) };
    const volume = await readGivenImage(request.image, request.role);
    return { result: volume, transfer: [volume.data.buffer] };
  },
  (answer, transfer) => worker.postMessage(answer, transfer),
);
worker.onmessage = ({ data }: MessageEvent<Call<ImageRequest>>) => void server.receive(data);
