import { grouped, packageOf } from './choose-changes.mjs';
import { kinds } from './make-changes.mjs';

/**
 * @typedef {object} Row
 * @property {import('./make-changes.mjs').Change} change
 * @property {'killed' | 'survived' | 'equivalent'} result
 * @property {boolean} [endless] killed since its tests did not come to an end
 */

/** A change in three lines. */
export function shown({ file, line, kind, inside, before, after }) {
  return `${file}:${line} (${kind}${inside === '' ? '' : ` in ${inside}`})\n  - ${before}\n  + ${after}`;
}

/** Survivors and a table by package and by kind. @param {Row[]} rows @returns {string} */
export function report(rows) {
  const survivors = rows.filter(({ result }) => result === 'survived');
  const lines = [`${survivors.length} survived${survivors.length > 0 ? ':' : ''}`];
  for (const { change } of survivors) lines.push(shown(change));
  lines.push('', cells('package', ['changes', 'killed', 'survived', '', 'equivalent']));
  for (const [name, of] of grouped(rows, ({ change }) => packageOf(change.file))) lines.push(counted(name, of));
  for (const kind of kinds) {
    const of = rows.filter(({ change }) => change.kind === kind);
    if (of.length > 0) lines.push(counted(kind, of));
  }
  lines.push(counted('all', rows));
  const endless = rows.filter((row) => row.endless).length;
  if (endless > 0) lines.push(`${endless} of those killed were ended for want of an end`);
  return lines.join('\n');
}

/** Part of the changes that survived; equivalent ones do not count. @param {Row[]} rows */
export function shareOfSurvivors(rows) {
  const tried = rows.filter(({ result }) => result !== 'equivalent');
  return tried.length === 0 ? 0 : tried.filter(({ result }) => result === 'survived').length / tried.length;
}

function counted(name, rows) {
  const [killed, survived, equivalent] = ['killed', 'survived', 'equivalent'].map(
    (result) => rows.filter((row) => row.result === result).length,
  );
  const share = killed + survived === 0 ? '' : `${(100 * shareOfSurvivors(rows)).toFixed(0)} %`;
  return cells(name, [killed + survived, killed, survived, share, equivalent]);
}

const cells = (name, of) => `${name.padEnd(20)}${of.map((cell) => String(cell).padStart(11)).join('')}`;
