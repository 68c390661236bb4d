import { readFileSync } from 'node:fs';
import { usableProcessors } from '@nnunet/threads/node/internal';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Runtime } from '../runtime.ts';
import { runtimeError } from '../runtime-error.ts';
import { switchOffTelemetry } from './telemetry.ts';

/** Returns the number of CPU cores, not hyper-threads, that this process may use. */
export function physicalCores(): number {
  const allowed = usableProcessors();
  try {
    const cores = new Set<string>();
    for (const processor of readFileSync('/proc/cpuinfo', 'utf8').split('\n\n')) {
      const core = /^core id\s*:\s*(\d+)$/m.exec(processor)?.[1];
      if (core !== undefined) cores.add(`${/^physical id\s*:\s*(\d+)$/m.exec(processor)?.[1]}/${core}`);
    }
    return cores.size === 0 ? allowed : Math.min(allowed, cores.size);
  } catch {
    return allowed;
  }
}

/** onnxruntime-node. */
export const nodeRuntime: Runtime = {
  Tensor,
  threads: physicalCores,
  load(model, options) {
    switchOffTelemetry();
    return InferenceSession.create(model, options);
  },
  provider: (device, deviceId) => (device === 'cuda' ? { name: device, deviceId } : device),
  explain: runtimeError,
};
