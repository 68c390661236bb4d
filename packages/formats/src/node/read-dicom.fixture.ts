/** Elements by group and element, 'gggg,eeee': text without padding, or items of a sequence. */
export interface ReadElements {
  [tag: string]: string | ReadElements[];
}

/** Reads a little endian file whose sequences and items state their length. Numbers and bytes are hexadecimal. */
export function readDicom(bytes: Uint8Array): { meta: ReadElements; elements: ReadElements } {
  const buffer = Buffer.from(bytes);
  if (buffer.toString('latin1', 128, 132) !== 'DICM') throw new Error('no DICM');
  const metaEnd = 132 + 12 + buffer.readUInt32LE(140);
  const meta = readElements(buffer.subarray(132, metaEnd), true);
  const explicit = meta['0002,0010'] === '1.2.840.10008.1.2.1';
  return { meta, elements: readElements(buffer.subarray(metaEnd), explicit) };
}

function readElements(bytes: Buffer, explicit: boolean): ReadElements {
  const found: ReadElements = {};
  let last = -1;
  for (let at = 0; at < bytes.length; ) {
    const [group, element] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    if (group * 65536 + element <= last) throw new Error('elements are not in ascending order');
    last = group * 65536 + element;
    const vr = explicit ? bytes.toString('latin1', at + 4, at + 6) : '';
    const long = /^(OB|OW|SQ|UN|UT)$/.test(vr);
    const length = !explicit
      ? bytes.readUInt32LE(at + 4)
      : long
        ? bytes.readUInt32LE(at + 8)
        : bytes.readUInt16LE(at + 6);
    if (length % 2 === 1) throw new Error('a value has an odd length');
    at += long ? 12 : 8;
    const value = bytes.subarray(at, at + length);
    at += length;
    found[`${hex(group)},${hex(element)}`] = contentOf(value, vr, explicit);
  }
  return found;
}

const hex = (number: number) => number.toString(16).padStart(4, '0');

function contentOf(value: Buffer, vr: string, explicit: boolean): string | ReadElements[] {
  const isSequence = explicit ? vr === 'SQ' : value.length >= 8 && value.readUInt32LE(0) === 0xe000fffe;
  if (isSequence) {
    const items: ReadElements[] = [];
    for (let at = 0; at < value.length; ) {
      const end = at + 8 + value.readUInt32LE(at + 4);
      items.push(readElements(value.subarray(at + 8, end), explicit));
      at = end;
    }
    return items;
  }
  if (/^(US|UL|OB|AT)$/.test(vr)) return value.toString('hex');
  return value.toString('utf8').replace(/[\0 ]+$/, '');
}
