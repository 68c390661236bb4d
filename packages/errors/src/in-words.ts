/** Formats a count: `1 modality`, `2 modalities`. Default of `many`: `one` with an s. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Formats a number of bytes for people, rounded up, in units of 1000: 900 bytes, 12 kB, 640 MB, 6.1 GB. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1e3) return counted(Math.ceil(bytes), 'byte');
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(Math.ceil(bytes / 1e8) / 10).toFixed(1)} GB`;
}

/** Formats seconds for people: 8 s, 3 min 20 s, 2 h 5 min, 6 d 14 h. */
export function secondsInWords(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  const minutes = Math.round(s / 60);
  if (minutes >= 2 * 24 * 60) {
    const hours = Math.round(minutes / 60);
    return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
