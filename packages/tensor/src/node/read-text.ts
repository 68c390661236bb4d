import { readFileBytes } from './read-file.ts';

/**
 * Reads a text file: UTF-8 or, as some programs for tables and Windows' shell write it, UTF-16. A byte order mark is taken
 * off. Errors as {@link readFileBytes}.
 */
export async function readTextFile(path: string): Promise<string> {
  return decodeText(await readFileBytes(path));
}

/** Text of bytes in UTF-8 or UTF-16, told apart by the mark, or by the zeros beside the first letter. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const little = first === 0xff && second === 0xfe;
  const big = first === 0xfe && second === 0xff;
  if (little || (first !== 0 && second === 0)) return new TextDecoder('utf-16le').decode(bytes);
  if (big || (first === 0 && second !== 0)) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder().decode(bytes);
}
