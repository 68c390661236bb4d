import { isNnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import type { Command } from '../command.ts';
import type { DocumentFields } from '../documents.ts';
import { packageVersion } from '../program-file.ts';

type Device = DocumentFields<'version'>['devices'][number];

export const command: Command = {
  description: 'Says which versions are installed, and which devices can be used.',
  define() {},
  async run(_, { answer }) {
    const { runtimeVersion } = await import('@nnunet/network/node/internal');
    const versions = {
      packages: packageVersion(),
      node: process.versions.node,
      onnxruntime: runtimeVersion(),
      platform: `${process.platform} ${process.arch}`,
    };
    const devices = await usableDevices();
    answer('version', { ...versions, devices }, [
      `nnunet ${versions.packages}`,
      `Node ${versions.node}, ${versions.platform}`,
      `ONNX Runtime ${versions.onnxruntime}`,
      ...devices.map(({ name, fault }) => `device ${name}: ${fault ?? 'usable'}`),
    ]);
  },
};

/** Tries every device with a small network. */
async function usableDevices(): Promise<Device[]> {
  const { deviceNames, requireDevice } = await import('@nnunet/network/node');
  const devices: Device[] = [];
  for (const name of deviceNames) {
    try {
      await requireDevice(name);
      devices.push({ name, usable: true, fault: null });
    } catch (error) {
      devices.push({ name, usable: false, fault: isNnUNetError(error) ? error.what : messageOf(error) });
    }
  }
  return devices;
}
