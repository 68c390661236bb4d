import { Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import type { ArchitectureClass } from './architecture.ts';
import { FabiansUNet } from './fabians-unet.ts';
import { Generic_UNet } from './generic-unet.ts';
import type { ShippedArchitecture } from './network-description.ts';
import { PlainConvUNet, ResidualEncoderUNet } from './unet-v2.ts';

/** The built-in architectures by name. */
export const unets = { Generic_UNet, FabiansUNet, PlainConvUNet, ResidualEncoderUNet } satisfies Record<
  ShippedArchitecture,
  ArchitectureClass
>;

/** The built-in architectures, by the class names of v1 and v2. `with(MyNet)` adds your own. */
export const shippedArchitectures = new Registry<ArchitectureClass, ShippedArchitecture>(
  { noun: 'architecture', unknown: 'unknown-architecture', ...classWith('outputs', 'layerOrder') },
  unets,
);

/** A registry of architectures: the built-in ones and your own. */
export type Architectures = typeof shippedArchitectures;
