import { open } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { fileError, readFileBytes } from '@nnunet/tensor/node/internal';
import type { ImageFormat, ImageHeader, Volume } from '@nnunet/volume';
import { labelArray } from '@nnunet/volume/internal';
import { badImage } from '../bad-image.ts';
import { BMP_HEADER_BYTES, bmpHeader, decodeBmp, encodeBmp } from '../bmp.ts';
import type { PixelHeader, PixelImage, Planes } from '../pixels.ts';
import { decodePng, encodeGreyPng, PNG_HEADER_BYTES, pngHeader } from '../png.ts';
import { manyValues } from '../raw-layout.ts';
import { DEFAULT_GEOMETRY } from '../spacing-file.ts';
import { encodeTiff } from './encode-tiff.ts';
import { labelBytes } from './label-bytes.ts';
import { naturalTiffHeader, readNaturalTiff } from './natural-tiff.ts';

/** The axis that a 2D image lacks is by far the coarsest: planners of v2 then plan in 2D. */
const GEOMETRY = { ...DEFAULT_GEOMETRY, spacing: [999, 1, 1] } as const;

/** How a kind of 2D image is read and written. */
interface Kind {
  extensions: readonly string[];
  header(path: string): Promise<PixelHeader>;
  read(path: string): Promise<Planes>;
  /** Label map of one plane. */
  encode(labels: Pick<PixelImage, 'rows' | 'columns' | 'data'>): Uint8Array;
}

const kinds: readonly Kind[] = [
  {
    extensions: ['.png'],
    header: async (path) => pngHeader(await startOf(path, PNG_HEADER_BYTES), path),
    read: async (path) => planesOf(decodePng(await readFileBytes(path), path)),
    encode: encodeGreyPng,
  },
  {
    extensions: ['.bmp'],
    header: async (path) => bmpHeader(await startOf(path, BMP_HEADER_BYTES), path),
    read: async (path) => planesOf(decodeBmp(await readFileBytes(path), path)),
    encode({ data, ...size }) {
      if (data instanceof Uint8Array) return encodeBmp({ ...size, data });
      const what = 'labels beyond 254 do not fit into BMP';
      throw new NnUNetError('bad-labels', { what, remedy: 'Store images and label maps as PNG.' });
    },
  },
  {
    extensions: ['.tif', '.tiff'],
    header: naturalTiffHeader,
    read: readNaturalTiff,
    encode: ({ rows, columns, data }) => encodeTiff({ data, shape: [rows, columns] }),
  },
];

/**
 * 2D images of the reader NaturalImage2DIO of nnU-Net v2: PNG, BMP, and TIFF. A file holds one channel, three (colours)
 * or four; each becomes one slice, at a spacing of 1, and 999 along the axis that is missing. Label maps are grey.
 * Origin: v2's imageio/natural_image_reader_writer.py.
 */
export const naturalImages: readonly ImageFormat[] = kinds.map(({ extensions, header, read, encode }) => {
  const single = async (path: string) => {
    const image = await read(path);
    const [plane] = image.planes as [Volume['data']];
    if (image.channels > 1) throw manyValues(image.channels, 'colours', path);
    return volumeOf(image, plane);
  };
  return {
    extensions,
    readPath: single,
    async readLabelsPath(path) {
      const { data: values, ...volume } = await single(path);
      const { data, rounded } = labelArray(values);
      return { ...volume, data, ...(rounded > 0 && { rounded }) };
    },
    async readChannelsPath(path) {
      const image = await read(path);
      return image.planes.map((plane) => volumeOf(image, plane));
    },
    async readHeaderPath(path): Promise<ImageHeader> {
      const { rows, columns, channels } = await header(path);
      return { ...GEOMETRY, shape: [1, rows, columns], channels };
    },
    write({ data, shape: [slices, rows, columns] }) {
      if (slices !== 1) {
        const what = `${slices} slices do not fit into a 2D image`;
        throw new NnUNetError('bad-labels', { what, remedy: 'Store them as a TIFF stack or as NIfTI.' });
      }
      return encode({ rows, columns, data: labelBytes(data) });
    },
  };
});

function volumeOf({ rows, columns }: PixelHeader, data: Volume['data']): Volume {
  return { ...GEOMETRY, shape: [1, rows, columns], data };
}

/** Separates interleaved channels. */
function planesOf({ data, ...header }: PixelImage): Planes {
  const { channels, rows, columns } = header;
  if (channels === 1) return { ...header, planes: [Float32Array.from(data)] };
  const planes = Array.from({ length: channels }, () => new Float32Array(rows * columns));
  for (let c = 0; c < channels; c++) {
    const plane = planes[c]!;
    for (let i = 0, from = c; i < plane.length; i++, from += channels) plane[i] = data[from]!;
  }
  return { ...header, planes };
}

/** The first bytes of a file, as many as there are. */
async function startOf(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((cause) => {
    throw fileError(cause, path);
  });
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
    if (bytesRead === 0) throw badImage(path, 'is empty', 'Copy or export it again.');
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw fileError(cause, path);
  } finally {
    await file.close();
  }
}
