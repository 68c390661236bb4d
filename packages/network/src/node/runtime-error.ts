import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import type { DeviceName } from './device.ts';

/** What ONNX Runtime's allocators and those of the devices say. */
const NO_MEMORY = /failed to allocate memory|out of memory|std::bad_alloc/i;
const BYTES = /requested buffer of size (\d+)/;

/** An error of ONNX Runtime; where memory has run out, one that says so and what to do. */
export function runtimeError(cause: unknown, device: DeviceName): unknown {
  const text = cause instanceof Error ? cause.message : String(cause);
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
