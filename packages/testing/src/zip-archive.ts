export interface ArchiveEntry {
  name: string;
  content: Uint8Array;
  /** 0 = stored. */
  method?: number;
  /** Bit 0 = encrypted. */
  flags?: number;
  /** Value in the directory. Default: the correct one. */
  crc?: number;
  size?: number;
  /** Offset of the local header. */
  headAt?: number;
  /** Unix file type and permissions. */
  mode?: number;
}

/**
 * Creates a zip archive of stored entries, without any checks; with `wide`, sizes and offsets are only in zip64 fields.
 */
export function zipArchive(entries: readonly ArchiveEntry[], wide = false): Uint8Array {
  const out: number[] = [];
  const central: number[] = [];
  const little = (n: number, bytes: number) =>
    Array.from({ length: bytes }, (_, i) => Number((BigInt(n) >> BigInt(8 * i)) & 255n));
  for (const {
    name,
    content,
    method = 0,
    flags = 0x800,
    crc = crcOf(content),
    size = content.length,
    ...own
  } of entries) {
    const at = own.headAt ?? out.length;
    const text = [...new TextEncoder().encode(name)];
    const head = [...little(flags, 2), ...little(method, 2), 0, 0, 0, 0, ...little(crc, 4)];
    const sizes = wide ? Array<number>(8).fill(255) : [...little(size, 4), ...little(size, 4)];
    out.push(0x50, 0x4b, 3, 4, 45, 0, ...head, ...sizes, ...little(text.length, 2), 0, 0, ...text);
    for (const byte of content) out.push(byte);
    const extra = wide ? [1, 0, 24, 0, ...little(size, 8), ...little(size, 8), ...little(at, 8)] : [];
    const attributes = little(((own.mode ?? 0o100644) << 16) >>> 0, 4);
    central.push(
      0x50,
      0x4b,
      1,
      2,
      45,
      3,
      45,
      0,
      ...head,
      ...sizes,
      ...little(text.length, 2),
      ...little(extra.length, 2),
    );
    central.push(0, 0, 0, 0, 0, 0, ...attributes, ...(wide ? [255, 255, 255, 255] : little(at, 4)), ...text, ...extra);
  }
  const start = out.length;
  for (const byte of central) out.push(byte);
  const count = little(entries.length, 8);
  if (wide) {
    const end = out.length;
    out.push(0x50, 0x4b, 6, 6, ...little(44, 8), 45, 0, 45, 0, ...Array<number>(8).fill(0), ...count, ...count);
    out.push(...little(central.length, 8), ...little(start, 8));
    out.push(0x50, 0x4b, 6, 7, 0, 0, 0, 0, ...little(end, 8), 1, 0, 0, 0);
    out.push(0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...Array<number>(12).fill(255), 0, 0);
  } else {
    out.push(0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...count.slice(0, 2), ...count.slice(0, 2));
    out.push(...little(central.length, 4), ...little(start, 4), 0, 0);
  }
  return Uint8Array.from(out);
}

/** CRC-32, computed bit by bit. */
function crcOf(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
