import type { Orientation } from '@nnunet/preprocess/internal';
import type { CaseProperties } from '@nnunet/schema';
import type { Tensor, TypedArray } from '@nnunet/tensor';
import type { GridRule, ImageGeometry, Volume } from '@nnunet/volume';
import type { GridNotice } from '@nnunet/volume/internal';
import type { LabelMap } from './previous-stage.ts';

/** What the way back to the image needs to know of a prepared case. */
export interface PreparedGeometry {
  properties: CaseProperties;
  /** v2: geometry of the image, and how its axes were turned. */
  original: { geometry: ImageGeometry; orientation: Orientation } | null;
}

/** A case as the network takes it. */
export interface PreparedInput extends PreparedGeometry {
  /** (channels, z, y, x), network order, with the one-hot channels of the stage before where there are any. */
  image: Tensor<Float32Array>;
  /** What there is to say of the images of the case. */
  notices: GridNotice[];
}

export interface InputImages {
  /** One per channel. */
  images: readonly Volume<TypedArray>[];
  /** For messages. */
  id: string;
  /** Names of the images' files. */
  files?: readonly string[];
  /** What the stage before has found. */
  previousSegmentation?: LabelMap;
  /** How the places of the images are compared. */
  grid?: GridRule;
}
