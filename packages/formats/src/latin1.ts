/** Characters that are made at once. */
const AT_ONCE = 2 ** 15;

/** Bytes as text of one character each. */
export function latin1(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += AT_ONCE)
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + AT_ONCE)));
  return pieces.join('');
}
