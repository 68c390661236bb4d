import { fabiansUnetLayers } from './fabians-unet.ts';
import { genericUnetLayers } from './generic-unet.ts';
import type { UNetLayers } from './layers.ts';
import type { NetworkDescription } from './network-description.ts';
import { unetLayersV2 } from './unet-v2.ts';

/** Returns the layers of a network with the parameter names of its architecture. */
export function networkLayers(description: NetworkDescription): UNetLayers {
  switch (description.architecture) {
    case 'Generic_UNet':
      return genericUnetLayers(description);
    case 'FabiansUNet':
      return fabiansUnetLayers(description);
    default:
      return unetLayersV2(description);
  }
}
