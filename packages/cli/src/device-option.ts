import type { ArgumentParser } from 'argparse';

/** `--device NAME`. */
export function addDeviceOption(parser: ArgumentParser, what = 'where the network is computed'): void {
  parser.add_argument('--device', {
    choices: ['cpu', 'cuda', 'webgpu'],
    default: 'cpu',
    help:
      `${what}: cpu; cuda (an NVIDIA GPU, whose part of ONNX Runtime must be installed); webgpu (any GPU, through Vulkan, ` +
      'Metal or Direct3D 12). See docs/devices.md (default: %(default)s)',
  });
}
