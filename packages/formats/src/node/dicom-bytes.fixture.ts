/** An element by hand; `length` if it differs from that of the value. */
export type Part = { tag: [number, number]; vr: string; value?: Buffer; length?: number };

/** Elements: explicit or implicit, of either byte order. */
export function elements(parts: readonly Part[], { explicit = true, little = true } = {}): Buffer {
  return Buffer.concat(
    parts.flatMap(({ tag, vr, value = Buffer.alloc(0), length = value.length }) => {
      const head = Buffer.alloc(!explicit || vr === '' ? 8 : /^(OB|OW|SQ|UN)$/.test(vr) ? 12 : 8);
      const [u16, u32] = little
        ? ([head.writeUInt16LE, head.writeUInt32LE] as const)
        : ([head.writeUInt16BE, head.writeUInt32BE] as const);
      u16.call(head, tag[0], 0);
      u16.call(head, tag[1], 2);
      if (head.length === 12) {
        head.write(vr, 4, 'latin1');
        u32.call(head, length, 8);
      } else if (explicit && vr !== '') {
        head.write(vr, 4, 'latin1');
        u16.call(head, length, 6);
      } else {
        u32.call(head, length, 4);
      }
      return [head, value];
    }),
  );
}

/** 16 bits. */
export const number = (n: number, little = true) => {
  const bytes = Buffer.alloc(2);
  if (little) bytes.writeUInt16LE(n);
  else bytes.writeUInt16BE(n);
  return bytes;
};

/** A whole file of a transfer syntax, whose parts are given for its byte order. */
export function file(syntax: string, parts: (little: boolean) => Part[]): Buffer {
  const little = syntax !== '1.2.840.10008.1.2.2';
  const meta = elements([{ tag: [2, 0x10], vr: 'UI', value: Buffer.from(syntax.length % 2 ? `${syntax}\0` : syntax) }]);
  const body = elements(parts(little), { explicit: syntax !== '1.2.840.10008.1.2', little });
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), meta, body]);
}
