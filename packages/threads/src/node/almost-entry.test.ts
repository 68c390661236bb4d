import { Registry } from '@nnunet/errors';
import { classWith, type EntryForm, objectWith, recognition } from '@nnunet/errors/internal';
import { expect, it } from 'vitest';
import { lackOf } from './almost-entry.ts';

const only = (...names: string[]) => Object.fromEntries(names.map((name) => [name, () => {}]));
const named = (...names: string[]) => ({ name: 'mine', ...only(...names) });
const classOf = (...names: string[]) => {
  const made = class {};
  Object.assign(made.prototype, only(...names));
  return made;
};
const kind = { noun: 'entry', unknown: 'unknown-metric' as const };
const lack = (form: { accepts(value: unknown): boolean; form: EntryForm }) => (value: unknown) =>
  lackOf(value, new Registry<unknown>({ ...kind, ...form }, {}));
const architecture = lack(classWith('outputs', 'layerOrder'));
const methods = ['started', 'epochEnded', 'finished'];
const listener = lack(recognition({ classes: true, objectsWith: 'name', methods, some: true }));
const metric = lack(objectWith('score'));
const scheme = lack(objectWith('normalize'));
const slip = (method: string, name: string) => lack(objectWith(method))(named(name));
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
  ['no name', metric(only('scores')), undefined],
  ['a function', listener(() => {}), undefined],
])('says what is missing of %s', (_, found, expected) => {
  expect(found).toBe(expected);
});

it.each([
  ['plan', 'Plan', true],
  ['plan', 'pla', false],
  ['normalize', 'normal', true],
  ['normalize', 'norma', false],
  ['score', 'score', false],
  ['score', 'store', false],
  ['listen', 'lissen', true],
  ['listen', 'lossen', false],
  ['finished', 'finisked', true],
  ['finished', 'finosked', false],
  ['normalize', 'mormalise', true],
  ['normalize', 'mormalist', false],
])('takes for %s what is spelt a little otherwise: %s', (method, name, is) => {
  expect(slip(method, name)).toBe(is ? `${name} instead of ${method}` : undefined);
});
