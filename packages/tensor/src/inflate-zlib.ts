import { unzlibSync } from 'fflate';

/**
 * Decompresses a zlib stream whose length is known.
 *
 * @throws RangeError for a damaged stream, or one of another length
 */
export function inflateZlib(bytes: Uint8Array, length: number): Uint8Array {
  const data = (() => {
    try {
      return unzlibSync(bytes, { out: new Uint8Array(length) });
    } catch (cause) {
      throw new RangeError('a damaged zlib stream', { cause });
    }
  })();
  if (data.length !== length) throw new RangeError(`${data.length} bytes instead of ${length}`);
  return data;
}
