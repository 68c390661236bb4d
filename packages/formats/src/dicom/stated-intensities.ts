import { badImage } from '../bad-image.ts';
import { DicomFile, PIXEL_DATA } from './dicom-file.ts';
import { numbersOf } from './placed-slice.ts';

const [INTERCEPT, SLOPE, MODALITY_LUT] = [0x00281052, 0x00281053, 0x00283000];
/** Of all frames together, and of each; both may hold slope and intercept. */
const FRAME_GROUPS: readonly number[] = [0x52009229, 0x52009230];

/**
 * Requires that slope and intercept, if any, say what the pixels of a DICOM slice mean. Readers of images, ITK among them,
 * pass over everything else that does, and intensities would be wrong without a word.
 * Origin: DICOM PS3.3, C.11.1 (Modality LUT), C.7.6.16 (multi-frame functional groups).
 *
 * @throws NnUNetError 'bad-image' for a table of intensities, for an enhanced image, and for a slope or intercept that is no
 *   number
 */
export function requireStatedIntensities(bytes: Uint8Array, where: string): void {
  const file = new DicomFile(bytes);
  try {
    for (const { tag, length, at } of file.elements()) {
      if (tag === PIXEL_DATA) return;
      if (tag === MODALITY_LUT && length > 0) {
        const what = 'states its intensities by a table (Modality LUT), which is not applied';
        throw badImage(where, what, 'Export the series with rescale slope and intercept instead.');
      }
      if (FRAME_GROUPS.includes(tag) && length > 0) {
        const what = 'is an enhanced image, whose intensities are stated for each frame';
        throw badImage(where, what, 'Convert it to NIfTI, for example with dcm2niix.');
      }
      if (tag !== SLOPE && tag !== INTERCEPT) continue;
      const text = file
        .text(at, length)
        .replace(/[\0 ]+$/, '')
        .trim();
      if (text === '' || numbersOf(text).length > 0) continue;
      const name = tag === SLOPE ? 'RescaleSlope' : 'RescaleIntercept';
      throw badImage(where, `has the ${name} "${text}", which is no number`, 'Correct it, or export the series again.');
    }
  } catch (error) {
    // What cannot be followed is left to the reader.
    if (!(error instanceof RangeError)) throw error;
  }
}
