/**
 * Unpacks a slice of grey values in DICOM's RLE form: a segment for each byte of a value, the highest first, in PackBits.
 *
 * Origin: DICOM PS3.5, annex G.
 *
 * @param count pixels
 * @param width bytes of a pixel
 * @returns little-endian
 * @throws RangeError if there are too few pixels, or other segments
 */
export function unpackRle(frame: Uint8Array, count: number, width: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== width) throw new RangeError('another number of segments');
  const bytes = new Uint8Array(count * width);
  for (let segment = 0; segment < width; segment++) {
    const place = width - 1 - segment;
    let at = view.getUint32(4 + 4 * segment, true);
    for (let pixel = 0; pixel < count; ) {
      const control = view.getUint8(at++);
      if (control === 128) continue;
      const isRun = control > 128;
      const end = Math.min(count, pixel + (isRun ? 257 - control : control + 1));
      for (; pixel < end; pixel++) bytes[pixel * width + place] = view.getUint8(isRun ? at : at++);
      if (isRun) at++;
    }
  }
  return bytes;
}
