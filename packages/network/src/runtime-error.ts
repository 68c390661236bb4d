import { NnUNetError } from '@nnunet/errors';
import { bytesInWords, messageOf } from '@nnunet/errors/internal';
import type { DeviceName } from './device-name.ts';

/** Messages of the allocators of ONNX Runtime, devices and browsers. */
export const NO_MEMORY =
  /failed to allocate memory|out of memory|std::bad_alloc|allocation failed|not allocate memory|OOM/i;
const BYTES = /requested buffer of size (\d+)/;

/** Converts an error of ONNX Runtime: if memory ran out, to one that says so and names the remedy. */
export function runtimeError(cause: unknown, device: DeviceName): unknown {
  const text = messageOf(cause);
  if (!NO_MEMORY.test(text)) return cause;
  const bytes = BYTES.exec(text)?.[1];
  const size = bytes === undefined ? '' : `, for ${bytesInWords(Number(bytes))} more`;
  return new NnUNetError('memory-limit', {
    what: `the memory ${device === 'cpu' ? 'of this machine' : `of the device (${device})`} is too small for the network${size}`,
    remedy:
      'To train, give a smaller `batchSize` or plan again with a smaller `gpuMemoryTarget`. End other programs that use this memory.',
    cause,
  });
}
