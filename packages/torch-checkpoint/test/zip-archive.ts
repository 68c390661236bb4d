import { crc32 } from '@nnunet/tensor/internal';

export interface ArchiveEntry {
  name: string;
  content: Uint8Array;
  /** 0 = stored. */
  method?: number;
  /** Bit 0 = encrypted. */
  flags?: number;
  /** As the directory says; the true ones when left out. */
  crc?: number;
  size?: number;
  /** Place of the head. */
  headAt?: number;
}

/** A zip archive of stored entries; with `wide`, sizes and places stand in zip64 fields only. */
export function zipArchive(entries: readonly ArchiveEntry[], wide = false): Uint8Array {
  const out: number[] = [];
  const central: number[] = [];
  const little = (n: number, bytes: number) =>
    Array.from({ length: bytes }, (_, i) => Number((BigInt(n) >> BigInt(8 * i)) & 255n));
  for (const { name, content, method = 0, flags = 0, crc = crc32(content), size = content.length, headAt } of entries) {
    const at = headAt ?? out.length;
    const text = [...new TextEncoder().encode(name)];
    const head = [...little(flags, 2), ...little(method, 2), 0, 0, 0, 0, ...little(crc, 4)];
    const sizes = wide ? Array<number>(8).fill(255) : [...little(size, 4), ...little(size, 4)];
    out.push(0x50, 0x4b, 3, 4, 45, 0, ...head, ...sizes.slice(0, 8), ...little(text.length, 2), 0, 0, ...text);
    for (const byte of content) out.push(byte);
    const extra = wide ? [1, 0, 24, 0, ...little(size, 8), ...little(size, 8), ...little(at, 8)] : [];
    central.push(0x50, 0x4b, 1, 2, 45, 0, 45, 0, ...head);
    central.push(...sizes, ...little(text.length, 2), ...little(extra.length, 2));
    central.push(...Array<number>(10).fill(0), ...(wide ? [255, 255, 255, 255] : little(at, 4)), ...text, ...extra);
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

/** The entries of a small stored archive, whose names and contents its directory gives. */
export function entriesOf(bytes: Uint8Array): ArchiveEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ArchiveEntry[] = [];
  let at = view.getUint32(bytes.length - 6, true);
  while (view.getUint32(at, true) === 0x02014b50) {
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + view.getUint16(at + 28, true)));
    const head = view.getUint32(at + 42, true);
    const from = head + 30 + view.getUint16(head + 26, true) + view.getUint16(head + 28, true);
    entries.push({ name, content: bytes.slice(from, from + view.getUint32(at + 24, true)) });
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}
