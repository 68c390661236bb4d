import { OPTIONAL_EXTENSIONS } from '@nnunet/volume/internal';

/**
 * Ends of the names of images that this package reads, in lower case; '/' stands for a folder of slices. Files beside a
 * header (.raw, .zraw) belong to it and are no images.
 */
export const EXTENSIONS = [...OPTIONAL_EXTENSIONS, '/'] as const;
