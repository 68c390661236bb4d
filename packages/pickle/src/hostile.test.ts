import { describe, expect, it } from 'vitest';
import { isBadPickle } from './bad-pickle.ts';
import { pickleToJson } from './pickle-to-json.ts';
import { readPickle } from './read-pickle.ts';

/** Instructions as text, one character a byte, behind the head of protocol 4. */
function pickle(...parts: string[]): Uint8Array {
  return Uint8Array.from(`\x80\x04${parts.join('')}.`, (c) => c.charCodeAt(0));
}

function refusal(bytes: Uint8Array, options = {}): string {
  const from = process.cpuUsage();
  try {
    pickleToJson(readPickle(bytes, { where: 'x.pkl', ...options }), { where: 'x.pkl' });
  } catch (error) {
    // Of this process, whatever else the machine has to do.
    expect(process.cpuUsage(from).user / 1000).toBeLessThan(3000);
    if (!isBadPickle(error)) throw error;
    expect([error.tag, error.where]).toEqual(['bad-pickle', 'x.pkl']);
    expect(error.offset).toBeGreaterThanOrEqual(-1);
    return error.message;
  }
  throw new Error('it was read');
}

const u32 = (n: number) => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >>> 24);
const ARRAY = 'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R';
const dtype = (code: string) => `cnumpy\ndtype\n\x8c${String.fromCharCode(code.length)}${code}\x89\x88\x87R`;

describe('a hostile pickle', () => {
  it.each([
    ['os system', 'cos\nsystem\n\x8c\x02ls\x85R'],
    ['eval', 'cbuiltins\neval\n\x8c\x011\x85R'],
    ['a name by the stack', '\x8c\x02os\x8c\x06system\x93'],
    ['a property of objects', 'c__proto__\nconstructor\n'],
    ['the constructor of the table', 'cconstructor\nconstructor\n)R'],
  ])('may not name %s', (_, code) => {
    expect(refusal(pickle(code))).toMatch(/it names "[\w.]+", which is not supported \(at byte \d+\)/);
  });

  it.each([
    ['a length of 2^62', `\x8e${u32(0)}${u32(2 ** 30)}`, /a block of 46\d+ bytes/],
    ['a text of 4 GiB', `X${u32(0xffffffff)}`, /a block of 4294967295 bytes/],
    ['a length beyond the end', `B${u32(5000)}`, /5000 bytes expected, but only 1 are left/],
    ['a frame beyond the end', '\x95\x00', /8 bytes expected/],
    ['100,000 marks', '('.repeat(100_000), /open marks/],
    ['an integer of a megabyte', `\x8b${u32(2 ** 20)}${'\x01'.repeat(2 ** 20)}`, /at most 1024/],
    ['100,000 levels', `${']'.repeat(100_000)}${'a'.repeat(99_999)}`, /more than 200 levels/],
    ['a list within itself', ']q\x00h\x00a', /contains itself/],
    ['a missing value', 'a', /a value is missing/],
    ['a value below a mark', 'K\x01(\x85', /a value is missing/],
    ['an unknown memo entry', 'h\x07', /no entry 7/],
    ['a call of a number', 'K\x01)R', /not a name/],
    ['a call without a tuple', 'ccollections\nOrderedDict\n]R', /without its arguments/],
    ['a call of a class', 'cnumpy\nndarray\n)R', /a call of numpy.ndarray/],
    ['a class as a value', 'ccollections\nOrderedDict\n', /a class or type/],
    ['a state of a list', ']}b', /a state for something/],
    ['a list as a key', '}]Ns', /a value that cannot be a key/],
    ['an append to a tuple', ')Na', /a list expected/],
    ['an append to a dictionary', '}Na', /a list expected/],
    ['a persistent id', 'K\x01Q', /persistent id/],
    ['an extension code', '\x82\x01', /0x82/],
    ['out-of-band bytes', '\x97', /0x97/],
    ['two values', 'NN', /not end with exactly one value/],
    ['a string that is not UTF-8', '\x8c\x02\xff\xfe', /not UTF-8/],
    ['an odd dictionary', '}(Nu', /a key without a value/],
    ['an array without content', ARRAY, /without content/],
    ['an array twice before its content', `${ARRAY}2\x86`, /without content/],
    ['an array of another class', 'cnumpy.core.multiarray\n_reconstruct\nNK\x00\x85C\x01b\x87R', /another class/],
    ['a short array', `${ARRAY}(K\x01K\x03\x85${dtype('f8')}\x89C\x08${'\0'.repeat(8)}tb`, /without its 24 bytes/],
    [
      '2^62 elements of no bytes',
      `${ARRAY}(K\x01\x8a\x08${'\0'.repeat(7)}@\x85${dtype('U0')}\x89C\x00tb`,
      /impossible shape/,
    ],
    ['a million texts of no bytes', `${ARRAY}(K\x01J${u32(1e6)}\x85${dtype('U0')}\x89C\x00tb`, /more entries/],
    ['a million rows of nothing', `${ARRAY}(K\x01J${u32(1e6)}K\x00\x86${dtype('f8')}\x89C\x00tb`, /more entries/],
    ['a record', dtype('V8'), /type V8/],
    ['a date', dtype('M8'), /type M8/],
    ['a nonsense type', dtype('f3'), /type f3/],
  ])('is refused: %s', (_, code, message) => {
    expect(refusal(pickle(code as string))).toMatch(message as RegExp);
  });

  it('is refused: protocol 0, 1 and 6, and files that are not pickles', () => {
    expect(refusal(new TextEncoder().encode('(lp0\n.'))).toMatch(/protocol 2 or later/);
    expect(refusal(Uint8Array.of(0x80, 6, 0x4e, 0x2e))).toMatch(/protocol 6; 2 to 5 are read/);
    expect(refusal(new Uint8Array())).toMatch(/1 bytes expected, but only 0 are left/);
  });

  it('cannot multiply its size', () => {
    // One list of 1000 entries, made into 1000 ordered dictionaries: refused before memory is used.
    const pairs = 'K\x01K\x02\x86'.repeat(1000);
    const many = `ccollections\nOrderedDict\nq\x01](${pairs}eq\x020]${'h\x01h\x02\x85Ra'.repeat(1000)}`;
    expect(refusal(pickle(many))).toMatch(/more entries than/);
    // Each list holds the one before twice: a small value, 2^60 when written out.
    const doubling = `]q\x00${Array.from({ length: 60 }, (_, i) => `h${String.fromCharCode(i)}2\x86q${String.fromCharCode(i + 1)}`).join('')}`;
    expect(refusal(pickle(`(${doubling}l`))).toMatch(/more than 2000000 values/);
    const block = 'x'.repeat(100_000);
    const texts = `X${u32(100_000)}${block}q\x02\x8c\x06latin1q\x030](${'c_codecs\nencode\nh\x02h\x03\x86R'.repeat(1000)}e`;
    expect(refusal(pickle(texts))).toMatch(/more array elements/);
  });

  it('obeys the limits given', () => {
    const limits = (l: object) => ({ limits: l });
    expect(refusal(pickle(']', 'Na'.repeat(100)), limits({ items: 99 }))).toMatch(/more entries/);
    expect(refusal(pickle(']', 'Na'.repeat(100)), limits({ operations: 100 }))).toMatch(/more than 100 instructions/);
    expect(refusal(pickle('\x8c\x05abcde'), limits({ textBytes: 4 }))).toMatch(/at most 4/);
    expect(refusal(pickle('C\x05abcde'), limits({ blockBytes: 4 }))).toMatch(/at most 4/);
    expect(refusal(pickle(']]]aa'), limits({ depth: 2 }))).toMatch(/more than 2 levels/);
    expect(readPickle(pickle(']]]aa'), limits({ depth: 3 }))).toEqual([[[]]]);
    expect(refusal(pickle(']]q\x00]]aa0h\x00a'), limits({ depth: 1 }))).toMatch(/levels/);
    // A list of three levels, whose last entry is shallow, in a list and again two levels below.
    const again = pickle(']', ']q\x00]]aa]a', 'a', ']]h\x00aa', 'a');
    const three = [[[]], []];
    expect(readPickle(again, limits({ depth: 6 }))).toEqual([three, [[three]]]);
    expect(refusal(again, limits({ depth: 5 }))).toMatch(/more than 5 levels/);
  });

  it('may have a name of any length, of which 100 characters are shown', () => {
    const name = 'abcdefghij'.repeat(20);
    expect(refusal(pickle(`c${name}\nf\n`))).toMatch(`it names "${name.slice(0, 100)}…", which is`);
    expect(refusal(pickle(`c${name.slice(0, 98)}\nf\n`))).toMatch(`it names "${name.slice(0, 98)}.f", which is`);
  });

  it('reads what just keeps within the limits that hold by default', () => {
    const marks = (n: number) => pickle('('.repeat(n), '1'.repeat(n), 'N');
    expect(readPickle(marks(1000))).toBeNull();
    expect(refusal(marks(1001))).toMatch(/more than 1000 open marks/);
    const lists = (n: number) => pickle(']'.repeat(n), 'a'.repeat(n - 1));
    expect(readPickle(lists(200))).toHaveLength(1);
    expect(refusal(lists(201))).toMatch(/more than 200 levels/);
    const integer = (n: number) => pickle(`\x8b${u32(n)}${'\0'.repeat(n - 1)}\x01`);
    expect(readPickle(integer(1024))).toBe(2n ** (1023n * 8n));
    expect(refusal(integer(1025))).toMatch(/a block of 1025 bytes; at most 1024/);
    expect(refusal(pickle(`X${u32(2 ** 26)}`))).toMatch(/67108864 bytes expected, but only 1 are left/);
    expect(refusal(pickle(`X${u32(2 ** 26 + 1)}`))).toMatch(/at most 67108864/);
    expect(refusal(pickle(`B${u32(2 ** 30)}`))).toMatch(/1073741824 bytes expected, but only 1 are left/);
    expect(refusal(pickle(`B${u32(2 ** 30 + 1)}`))).toMatch(/at most 1073741824/);
  });

  it('may make 16 entries a byte, and 4096 more', () => {
    // Rows without elements: 27 bytes beside the two numbers of the shape.
    const rows = (n: number) => pickle(`${ARRAY}(K\x01J${u32(n)}K\x00\x86${dtype('f8')}\x89C\x00tb`);
    const most = 16 * rows(0).length + 4096;
    const refused = (n: number) => {
      try {
        pickleToJson(readPickle(rows(n)));
        return false;
      } catch {
        return true;
      }
    };
    const at = [most - 20, most + 1].map(refused);
    expect(at).toEqual([false, true]);
  });

  it('leaves prototypes alone', () => {
    const json = pickleToJson(readPickle(pickle('}\x8c\x09__proto__}\x8c\x01xK\x01ss'))) as Record<string, unknown>;
    expect(Object.keys(json)).toEqual(['__proto__']);
    expect(json.x).toBeUndefined();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });
});
