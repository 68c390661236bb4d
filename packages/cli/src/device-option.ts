import type { ArgumentParser } from 'argparse';

/** Adds `--device NAME`. @param flags its names */
export function addDeviceOption(
  parser: ArgumentParser,
  what = 'device that runs the network',
  flags: readonly [string, ...string[]] = ['--device'],
): void {
  parser.add_argument(...flags, {
    choices: ['cpu', 'cuda', 'webgpu'],
    default: 'cpu',
    help:
      `${what}: cpu; cuda (an NVIDIA GPU; needs the CUDA part of ONNX Runtime); webgpu (any GPU, through Vulkan, Metal or ` +
      'Direct3D 12). See docs/devices.md (default: %(default)s)',
  });
}
