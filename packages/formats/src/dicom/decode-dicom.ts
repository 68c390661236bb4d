import type { TypedArray } from '@nnunet/tensor';
import { concatenate } from '@nnunet/tensor/internal';
import type { Volume } from '@nnunet/volume';
import { type StoredType, widthOf } from '@nnunet/volume/internal';
import { badImage } from '../bad-image.ts';
import { manyValues } from '../raw-layout.ts';
import { voxelsOf } from '../stored-voxels.ts';
import { type DicomElement, DicomFile, ITEM, PIXEL_DATA, UNDEFINED_LENGTH } from './dicom-file.ts';
import { type DicomHeader, dicomHeader } from './dicom-header.ts';
import { requirePixels } from './dicom-pixels.ts';
import type { DicomSource } from './dicom-series.ts';
import type { DicomSlice } from './dicom-slice.ts';
import { placeOf } from './place-of.ts';
import { unpackRle } from './unpack-rle.ts';
import { volumeOfSlices } from './volume-of-slices.ts';

const RLE = '1.2.840.10008.1.2.5';
const dcm2niix = 'Convert the series to NIfTI, for example with dcm2niix.';

/**
 * Decodes the files of one DICOM series, uncompressed or in RLE, given in any order, without ITK: the same voxels, rescaled, and
 * geometry as from `readImage` of `@nnunet/formats/node`.
 *
 * @param where names the series in messages
 * @throws NnUNetError 'bad-image': pixels in JPEG and the like, colours, several frames in one file; several series, missing
 *   slices and so on, as for folders
 */
export function decodeDicomSeries(files: Iterable<DicomSource>, where: string): Volume<TypedArray> {
  const slices = Array.from(files, ({ name, bytes }) =>
    decodeSlice(bytes, name, `${where.replace(/\/$/, '')}/${name}`),
  );
  if (slices.length === 0) throw badImage(where, 'contains no slices', 'Give the files of a DICOM series.');
  return volumeOfSlices(slices, where);
}

/** Decodes one file of a series. Errors as {@link decodeDicomSeries}. */
export function decodeSlice(bytes: Uint8Array, name: string, where: string): DicomSlice {
  requirePixels(bytes, where);
  const header = dicomHeader(bytes, where);
  const photometry = header.text('PhotometricInterpretation');
  const samples = photometry.startsWith('PALETTE') ? 3 : header.uint16('SamplesPerPixel');
  if (samples > 1) throw manyValues(samples, 'colours', where);
  const frames = header.numbers('NumberOfFrames')[0] ?? 1;
  if (frames !== 1) throw badImage(where, `holds ${frames} frames in one file`, dcm2niix);
  const place = placeOf(header, name, where);
  const [rows, columns] = [header.uint16('Rows'), header.uint16('Columns')];
  const stored = storedPixels(bytes, header, { count: rows * columns, where });
  return {
    ...place,
    rows,
    columns,
    data: rescaled(photometry === 'MONOCHROME1' ? inverted(stored, header) : stored, header),
  };
}

/** Pixels as integers, without what else is stored in their bits. */
function storedPixels(
  bytes: Uint8Array,
  header: DicomHeader,
  { count, where }: { count: number; where: string },
): Exclude<TypedArray, BigInt64Array> {
  const file = new DicomFile(bytes);
  const element = [...file.elements()].find(({ tag }) => tag === PIXEL_DATA);
  if (element === undefined || !(count > 0)) {
    throw badImage(where, 'has no pixels', 'Use the files of one series of slices; reports belong elsewhere.');
  }
  if (element.length === UNDEFINED_LENGTH && file.transferSyntax !== RLE) {
    const remedy = 'Decompress it, for example with gdcmconv --raw, or predict with nnUNet_predict, which reads it.';
    throw badImage(where, `has compressed pixels (transfer syntax ${file.transferSyntax})`, remedy);
  }
  const allocated = header.uint16('BitsAllocated');
  const bits = header.uint16('BitsStored') || allocated;
  const high = Number.isNaN(header.uint16('HighBit')) ? bits - 1 : header.uint16('HighBit');
  const signed = header.uint16('PixelRepresentation') === 1;
  if (![8, 16, 32].includes(allocated) || !(bits > 0 && bits <= high + 1 && high < allocated)) {
    throw badImage(where, `has pixels of ${bits} bits in ${allocated}`, dcm2niix);
  }
  const type = `${signed ? '' : 'u'}int${allocated}` as StoredType;
  const own =
    element.length === UNDEFINED_LENGTH
      ? unpacked(file, element, { count, width: widthOf(type), where })
      : bytes.slice(element.at, element.at + count * widthOf(type));
  const pixels = voxelsOf(own, type, !file.littleEndian) as Exclude<TypedArray, BigInt64Array>;
  if (bits === allocated) return pixels;
  // The sign is the highest of the stored bits.
  const [left, right] = [31 - high, 32 - bits];
  for (let i = 0; i < pixels.length; i++) {
    const shifted = pixels[i]! << left;
    pixels[i] = signed ? shifted >> right : shifted >>> right;
  }
  return pixels;
}

/** The pixels of the only frame, whose pieces follow a table of offsets. */
function unpacked(
  file: DicomFile,
  { at: start }: DicomElement,
  { count, width, where }: { count: number; width: number; where: string },
): Uint8Array {
  const pieces: Uint8Array[] = [];
  try {
    for (let item = file.element(start); item.tag === ITEM; item = file.element(item.at + item.length))
      pieces.push(file.bytes.subarray(item.at, item.at + item.length));
    return unpackRle(concatenate(pieces.slice(1)), count, width);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw badImage(where, 'has damaged compressed pixels', 'Copy or export it again.', cause);
  }
}

/** Stored values of which 0 is white, with 0 for black: ITK turns them before it rescales them. */
function inverted<T extends Exclude<TypedArray, BigInt64Array>>(pixels: T, header: DicomHeader): T {
  const highest = 2 ** (header.uint16('BitsStored') || header.uint16('BitsAllocated')) - 1;
  return pixels.map((pixel) => highest - pixel) as T;
}

function rescaled(pixels: Exclude<TypedArray, BigInt64Array>, header: DicomHeader): TypedArray {
  // As in ITK, a slope of 0 is none.
  const slope = header.numbers('RescaleSlope')[0] || 1;
  const [intercept = 0] = header.numbers('RescaleIntercept');
  return slope === 1 && intercept === 0 ? pixels : Float64Array.from(pixels, (pixel) => pixel * slope + intercept);
}
