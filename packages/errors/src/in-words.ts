/** `1 modality`, `2 modalities`; `many` is `one` with an s where it is left out. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A number of bytes as a person says it, rounded up, in units of 1000: 900 bytes, 12 kB, 640 MB, 6.1 GB. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1e3) return counted(Math.ceil(bytes), 'byte');
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(Math.ceil(bytes / 1e8) / 10).toFixed(1)} GB`;
}
