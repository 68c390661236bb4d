import { expect, it } from 'vitest';
import { classWith, objectWith, withOneOf } from './entry-forms.ts';

const methods = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, () => {}]));
const named = (...names: string[]) => ({ name: 'mine', ...methods(names) });
const classOf = (...names: string[]) => {
  const made = class {};
  Object.assign(made.prototype, methods(names));
  return made;
};

it('recognises objects by their name and their methods', () => {
  const { accepts } = objectWith('score', 'explain');
  expect(accepts(named('score', 'explain'))).toBe(true);
  const [numbered, func] = [{ ...named('score', 'explain'), name: 5 }, Object.assign(() => {}, methods(['score']))];
  for (const other of [null, undefined, 'mine', methods(['score', 'explain']), numbered, named('score'), func]) {
    expect(accepts(other)).toBe(false);
  }
});

it('recognises what has one of several methods', () => {
  const { accepts } = withOneOf('started', 'finished');
  for (const fitting of [named('finished'), classOf('started'), classOf('started', 'finished')])
    expect(accepts(fitting)).toBe(true);
  for (const other of [null, 'mine', methods(['finished']), named('stopped'), class {}, () => {}, { prototype: {} }])
    expect(accepts(other)).toBe(false);
});

const architecture = classWith('outputs', 'layerOrder').lacks;
const listener = withOneOf('started', 'epochEnded', 'finished').lacks;
const metric = objectWith('score').lacks;
const scheme = objectWith('normalize').lacks;
class Inherits extends classOf('layerOrder') {
  output() {}
}

it.each([
  ['an ending left out', architecture(classOf('output')), 'output instead of outputs, no method layerOrder'],
  ['an ending too many', metric(named('scores')), 'scores instead of score'],
  ['another case', listener(named('epochended')), 'epochended instead of epochEnded'],
  ['another spelling', scheme(named('normalise')), 'normalise instead of normalize'],
  ['two wrong letters in a long name', listener(named('epocEndet')), 'epocEndet instead of epochEnded'],
  ['one of two methods', architecture(classOf('layerOrder')), 'no method outputs'],
  ['an inherited method', architecture(Inherits), 'output instead of outputs'],
  ['a class that listens', listener(classOf('epochEnd')), 'epochEnd instead of epochEnded'],
  ['one of several methods', listener(named('started', 'epochEnd')), 'epochEnd instead of epochEnded'],
  ['a helper beside its method', listener(named('finished', 'finish')), undefined],
  ['all methods', architecture(classOf('outputs', 'layerOrder')), undefined],
  ['other methods', architecture(classOf('recipe', 'settings')), undefined],
  ['a short name of another letter', metric(named('store')), undefined],
  ['a short beginning', listener(named('fin', 'state', 'step')), undefined],
  ['no name', metric(methods(['scores'])), undefined],
  ['a function', listener(() => {}), undefined],
])('says what is missing of %s', (_, lack, expected) => {
  expect(lack).toBe(expected);
});
