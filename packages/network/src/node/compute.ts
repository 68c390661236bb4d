import type { LoweringChoice } from './choose-lowering.ts';
import type { DeviceName } from './device.ts';

/** Where and with what networks are computed. */
export interface Compute {
  /** 'cpu' if not given. On 'webgpu' weights and momenta of a training stay in the device's memory from step to step. */
  device?: DeviceName;
  /** Operators on the CPU; the fastest that this machine can if not given. */
  lowering?: LoweringChoice;
  /** Physical cores if not given. */
  threads?: number;
  /** Of a training: sessions, in threads of their own and on 'cuda' on GPUs of their own, that share each batch; 1 if not given. */
  sessions?: number;
}
