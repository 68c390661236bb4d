import type { DeviceName } from './device-name.ts';

/**
 * 'plain': standard ONNX operators; 'blocked': the CPU provider's channel-blocked operators; 'auto': as determined by a
 * probe.
 */
export type LoweringChoice = 'auto' | 'plain' | 'blocked';

/** The device and settings with which networks are computed. */
export interface Compute {
  /** On 'webgpu', a training's weights and momenta stay in device memory between steps. Default: 'cpu'. */
  device?: DeviceName;
  /** Operators on the CPU. Default: the fastest that this machine supports. */
  lowering?: LoweringChoice;
  /** Default: the number of physical cores. */
  threads?: number;
  /**
   * Training only: sessions that share each batch, in threads of their own and, on 'cuda', on separate GPUs. Default:
   * 1.
   */
  sessions?: number;
}
