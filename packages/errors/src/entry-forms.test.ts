import { expect, it } from 'vitest';
import { classWith, objectWith, recognition } from './entry-forms.ts';

const only = (...names: string[]) => Object.fromEntries(names.map((name) => [name, () => {}]));
const named = (...names: string[]) => ({ name: 'mine', ...only(...names) });
const classOf = (...names: string[]) => {
  const made = class {};
  Object.assign(made.prototype, only(...names));
  return made;
};

it('recognises objects by their name and their methods', () => {
  const { accepts } = objectWith('score', 'explain');
  expect(accepts(named('score', 'explain'))).toBe(true);
  const [numbered, func] = [{ ...named('score', 'explain'), name: 5 }, Object.assign(() => {}, only('score'))];
  for (const other of [null, undefined, 'mine', only('score', 'explain'), numbered, named('score'), func]) {
    expect(accepts(other)).toBe(false);
  }
});

it('recognises what has one of several methods', () => {
  const methods = ['started', 'finished'];
  const { accepts } = recognition({ classes: true, objectsWith: 'name', methods, some: true });
  for (const fitting of [named('finished'), classOf('started'), classOf('started', 'finished')])
    expect(accepts(fitting)).toBe(true);
  for (const other of [null, 'mine', only('finished'), named('stopped'), class {}, () => {}, { prototype: {} }])
    expect(accepts(other)).toBe(false);
});

it('recognises classes by their methods, also inherited ones', () => {
  const { accepts } = classWith('outputs', 'layerOrder');
  for (const fitting of [classOf('outputs', 'layerOrder'), class extends classOf('outputs', 'layerOrder') {}])
    expect(accepts(fitting)).toBe(true);
  for (const other of [null, classOf('outputs'), named('outputs', 'layerOrder'), () => {}, new (classOf('outputs'))()])
    expect(accepts(other)).toBe(false);
});
