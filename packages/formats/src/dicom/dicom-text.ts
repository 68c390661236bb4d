import { latin1 } from '../latin1.ts';

/** Names of character sets in DICOM (PS3.3 C.12.1.1.2), without "ISO 2022" or "ISO_", and on the web. */
const CHARACTER_SETS: Readonly<Record<string, string>> = {
  'IR 100': 'iso-8859-1',
  'IR 101': 'iso-8859-2',
  'IR 109': 'iso-8859-3',
  'IR 110': 'iso-8859-4',
  'IR 144': 'iso-8859-5',
  'IR 127': 'iso-8859-6',
  'IR 126': 'iso-8859-7',
  'IR 138': 'iso-8859-8',
  'IR 148': 'iso-8859-9',
  'IR 203': 'iso-8859-15',
  'IR 166': 'windows-874',
  'IR 192': 'utf-8',
  'IR 13': 'shift_jis',
  'IR 149': 'euc-kr',
  'IR 58': 'gb18030',
  GBK: 'gb18030',
  GB18030: 'gb18030',
};

/** Escape sequences of ISO 2022, without ESC, by which text changes to another of its sets (PS3.3 C.12.1.1.2). */
const ESCAPES: Readonly<Record<string, string>> = {
  '-A': 'iso-8859-1',
  '-B': 'iso-8859-2',
  '-C': 'iso-8859-3',
  '-D': 'iso-8859-4',
  '-L': 'iso-8859-5',
  '-G': 'iso-8859-6',
  '-F': 'iso-8859-7',
  '-H': 'iso-8859-8',
  '-M': 'iso-8859-9',
  '-b': 'iso-8859-15',
  '-T': 'windows-874',
  ')I': 'shift_jis',
  '(J': 'shift_jis',
  '$)C': 'euc-kr',
  '$)A': 'gb18030',
};
/** Escape sequences of the Japanese sets of two bytes, and what EUC-JP has before each character of them. */
const JAPANESE: Readonly<Record<string, readonly number[]>> = { $B: [], '$@': [], '$(D': [0x8f] };

/**
 * Returns the decoder of a file's text.
 *
 * @param characterSets value of SpecificCharacterSet. Text begins in the first set, and changes to others by escape
 *   sequences; after a delimiter of a name it is in the first again. If the first is the default (ASCII), text without
 *   escape sequences is taken to be in the next one, as some programs write it.
 *
 * Origin: DICOM PS3.5 6.1.2.5.
 */
export function textDecoder(characterSets: string): (bytes: Uint8Array) => string {
  const names = characterSets
    .split('\\')
    .map((name) => CHARACTER_SETS[name.replace(/^ISO[_ ](2022 )?/, '').replace(/[\0 ]+$/, '')]);
  const initial = names[0] ?? names.find((name) => name !== undefined) ?? 'iso-8859-1';
  return (bytes) => {
    if (!bytes.includes(ESCAPE)) return new TextDecoder(initial).decode(bytes);
    let current = initial;
    return latin1(bytes)
      .split(AT_ESCAPES)
      .map((run) => {
        const [whole = '', sequence = ''] = ESCAPE_SEQUENCE.exec(run) ?? [];
        const rest = bytesOf(run.slice(whole.length));
        if (sequence in JAPANESE) return eucJp(rest, JAPANESE[sequence]!);
        if (whole !== '') current = ESCAPES[sequence] ?? initial;
        const delimiter = names[0] === undefined ? -1 : rest.findIndex((byte) => DELIMITERS.has(byte));
        if (delimiter < 0) return new TextDecoder(current).decode(rest);
        const text = new TextDecoder(current).decode(rest.subarray(0, delimiter));
        current = initial;
        return text + new TextDecoder(initial).decode(rest.subarray(delimiter));
      })
      .join('');
  };
}

const ESCAPE = 0x1b;
const AT_ESCAPES = new RegExp(`(?=${String.fromCharCode(ESCAPE)})`);
const ESCAPE_SEQUENCE = new RegExp(`^${String.fromCharCode(ESCAPE)}([ -/]+[0-~])`);
/** Between the parts and the groups of a name, and between values. */
const DELIMITERS = new Set([...'^=\\'].map((one) => one.charCodeAt(0)));

const bytesOf = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));

/** Decodes characters of two bytes below 128. */
function eucJp(bytes: Uint8Array, before: readonly number[]): string {
  const euc: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) euc.push(...before, bytes[at]! | 0x80, bytes[at + 1]! | 0x80);
  return new TextDecoder('euc-jp').decode(Uint8Array.from(euc));
}
