import { describe, expect, it } from 'vitest';
import { classWith } from './entry-forms.ts';
import { Registry } from './registry.ts';

class First {
  plan() {}
  explain() {}
}
class Second extends First {}
const kind = { noun: 'planner', unknown: 'unknown-planner' as const, ...classWith('plan', 'explain') };
const shipped = new Registry<typeof First, 'First'>(kind, { First });

describe('a registry', () => {
  it('finds what it holds by name, and names the nearest for another', () => {
    expect(shipped.get('First')).toBe(First);
    for (const name of ['Fist', 'toString']) {
      expect(() => shipped.get(name)).toThrow(
        `there is no planner called ${name}\n  Available: First. Load your own as a plug-in (\`plugin\`).`,
      );
    }
    expect(() => shipped.get('Fist')).toThrow(expect.objectContaining({ tag: 'unknown-planner' }));
  });

  it('is a value: what is added is in another', () => {
    const more = shipped.with(Second, Second, First);
    expect([more.names(), shipped.names()]).toEqual([['First', 'Second'], ['First']]);
    expect(more.get('Second')).toBe(Second);
  });

  it('refuses a name that another entry has, and an entry without one', () => {
    const impostor = { First: class First extends Second {} }.First;
    expect(() => shipped.with(impostor)).toThrow(expect.objectContaining({ tag: 'name-taken' }));
    expect(() => shipped.with(class extends First {})).toThrow(
      expect.objectContaining({ tag: 'bad-plugin', what: 'a planner has no name' }),
    );
    const proto = Object.defineProperty(class extends First {}, 'name', { value: '__proto__' });
    expect(() => shipped.with(proto)).toThrow('a planner cannot be called __proto__');
    const architectures = new Registry<{ name: string }>({ ...kind, noun: 'architecture' }, {});
    expect(() => architectures.with({ name: '' })).toThrow('an architecture has no name');
    expect(() => architectures.with({ name: 'mine' }, { name: 'mine' })).toThrow(
      'there is an architecture called mine already\n  Give yours another name',
    );
  });

  it('takes from a module what is of its kind, each by its own name, and remembers the module', () => {
    const others = { number: 7, nothing: null, arrow: () => 1, alike: { prototype: { plan() {} } }, Other: class {} };
    const loaded = shipped.withModule('a.mjs', { ...others, Second, again: Second }).withModule('a.mjs', {});
    expect([loaded.names(), loaded.modules]).toEqual([['First', 'Second'], ['a.mjs']]);
    const taken = { First: class First extends Second {} };
    const refusal = expect.objectContaining({ tag: 'name-taken', where: 'b.mjs' });
    expect(() => loaded.withModule('b.mjs', taken)).toThrow(refusal);
  });

  it('refuses a class that a module exports by default without a name', () => {
    const refusal = expect.objectContaining({ tag: 'bad-plugin', where: 'a.mjs', what: 'a planner has no name' });
    expect(() => shipped.withModule('a.mjs', { default: { default: class extends First {} }.default })).toThrow(
      refusal,
    );
    expect(shipped.withModule('a.mjs', { default: Second }).names()).toContain('Second');
  });

  it('has entries of several names where their kind says so', () => {
    const formats = new Registry<{ ends: string[] }>(
      { noun: 'format', unknown: 'unknown-format', accepts: () => true, namesOf: ({ ends }) => ends },
      {},
    );
    const tiff = { ends: ['.tif', '.tiff'] };
    expect(formats.with(tiff).names()).toEqual(['.tif', '.tiff']);
    expect(() => formats.with(tiff, { ends: ['.tiff'] })).toThrow('there is a format called .tiff already');
  });
});
