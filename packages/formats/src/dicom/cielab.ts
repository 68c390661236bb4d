/** sRGB to CIE XYZ with the white of D65. */
const TO_XYZ = [
  [0.4124, 0.3576, 0.1805],
  [0.2126, 0.7152, 0.0722],
  [0.0193, 0.1192, 0.9505],
] as const;
const WHITE = [0.9505, 1, 1.089] as const;

/**
 * Converts a colour to RecommendedDisplayCIELabValue (0062,000D): L* 0 to 100, a* and b* -128 to 127, each scaled to
 * 0 to 65,535.
 *
 * @param rgb red, green and blue of sRGB, 0 to 255
 *
 * Origin: DICOM PS3.3 C.10.7.1.1; IEC 61966-2-1; ISO 11664-4. The white is that of D65, as in the programs that read and
 * write segmentations (PixelMed, dcmqi, dcmjs, highdicom), so that they show the colour given here.
 */
export function cielabOf(rgb: readonly [number, number, number]): [number, number, number] {
  const linear = rgb.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const [x = 0, y = 0, z = 0] = TO_XYZ.map((row, i) => {
    const share = row.reduce((sum, weight, channel) => sum + weight * linear[channel]!, 0) / WHITE[i]!;
    return share > (6 / 29) ** 3 ? Math.cbrt(share) : share / (3 * (6 / 29) ** 2) + 4 / 29;
  });
  const scaled = (share: number) => Math.min(65_535, Math.max(0, Math.round(share * 65_535)));
  return [scaled((116 * y - 16) / 100), scaled((500 * (x - y) + 128) / 255), scaled((200 * (y - z) + 128) / 255)];
}
