/** Devices that compute networks: the CPU, an NVIDIA GPU, or any GPU with a Vulkan, Metal or Direct3D 12 driver. */
export const deviceNames = ['cpu', 'cuda', 'webgpu'] as const;
export type DeviceName = (typeof deviceNames)[number];
