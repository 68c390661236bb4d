// Makes one small change of the sources at a time, in a copy, runs the tests that can see it, and lists the changes that
// no test saw.
//
// node tools/robustness/mutants.mjs -h
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChanges, grouped, seededRandom, shareOut } from './mutants/choose-changes.mjs';
import { Equivalents } from './mutants/equivalents.mjs';
import { changesOf, kinds } from './mutants/make-changes.mjs';
import { TestGraph } from './mutants/test-graph.mjs';
import { Trials } from './mutants/try-change.mjs';
import { TypeCheck } from './mutants/type-check.mjs';
import { WorkingCopy } from './mutants/working-copy.mjs';

const help = `node tools/robustness/mutants.mjs [options]

Makes one small change of the sources at a time, runs the tests that can see it, and lists the changes that no test saw.
Kinds: ${kinds.join(', ')}.
The working tree is left alone: everything happens in a copy below the temporary folder.

  --seed N          choose the changes by this number (default: by the clock; it is printed)
  --count N         how many changes (default: 200), shared among the packages by their lines, at least three each
  --package A,B     in these packages alone
  --only FILE:LINE  every change of one line, or of one file without :LINE; also several, separated by commas
  --reach WHICH     package: run the tests of the changed package alone; near: those of packages that import it
                    directly as well; all (default): every test that can see the change
  --limit SECONDS   a test file that takes longer has seen the change (default: 240)
  --jobs N          how many changes at the same time (default: 1)
  --list            print the changes and the tests that can see them, run nothing
  -h                this help

Changes that alter nothing that can be seen are listed in tools/robustness/mutants/equivalent.json with the reason. Exit
code 1 if more than a tenth survives.`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    count: { type: 'string', default: '200' },
    package: { type: 'string' },
    only: { type: 'string' },
    reach: { type: 'string', default: 'all' },
    limit: { type: 'string', default: '240' },
    jobs: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}

const packageOf = (file) => file.split('/')[1];
const repository = fileURLToPath(new URL('../../', import.meta.url));
const equivalents = new Equivalents();
const copies = [];
const running = [];

function leave(code) {
  for (const trials of running) trials.stop();
  for (const copy of copies) copy.remove();
  process.exit(code);
}
process.on('SIGINT', () => leave(130));
process.on('SIGTERM', () => leave(143));

/** The changes to try: those of --only, or a draw in every package. What the compiler refuses is not among them. */
async function choose(root, sources) {
  const types = new TypeCheck(root);
  const textOf = (file) => readFileSync(join(root, file), 'utf8');
  const isValid = async (change) => {
    await breath();
    const text = textOf(change.file);
    return types.accepts(
      join(root, change.file),
      text.slice(0, change.start) + change.replacement + text.slice(change.end),
    );
  };
  if (values.only !== undefined) {
    const places = values.only.split(',').map((place) => /^(.*?)(?::(\d+))?$/.exec(place));
    for (const [, file] of places) if (!sources.includes(file)) throw new Error(`${file} is not a source file`);
    const all = places.flatMap(([, file, line]) =>
      changesOf(file, textOf(file)).filter((change) => line === undefined || change.line === Number(line)),
    );
    const valid = [];
    for (const change of all) if (await isValid(change)) valid.push(change);
    return valid;
  }
  const chosen = [];
  const files = grouped(sources, packageOf);
  const names = values.package?.split(',') ?? [...files.keys()];
  for (const name of names) if (!files.has(name)) throw new Error(`there is no package ${name}`);
  const linesOf = (name) => files.get(name).reduce((sum, file) => sum + textOf(file).split('\n').length, 0);
  const shares = shareOut(new Map(names.map((name) => [name, linesOf(name)])), Number(values.count));
  for (const [name, share] of shares) {
    const random = seededRandom(Number(values.seed));
    const all = files.get(name).flatMap((file) => changesOf(file, textOf(file)));
    let taken = 0;
    for (const change of drawChanges(all, random)) {
      if (taken === share) break;
      if (!(await isValid(change))) continue;
      chosen.push(change);
      taken++;
    }
  }
  return chosen;
}

function isNear(change) {
  const own = packageOf(change.file);
  if (values.reach === 'all') return () => true;
  if (values.reach === 'package') return ({ test }) => packageOf(test) === own;
  const dependents = (test) => {
    const manifest = join(repository, 'packages', packageOf(test), 'package.json');
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
    return `@nnunet/${own}` in dependencies;
  };
  return ({ test }) => packageOf(test) === own || dependents(test);
}

const show = ({ file, line, kind, inside, before, after }) =>
  `${file}:${line} (${kind}${inside === '' ? '' : ` in ${inside}`})\n  - ${before}\n  + ${after}`;

try {
  console.log(`seed ${values.seed}`);
  for (let job = 0; job < Number(values.jobs); job++) copies.push(new WorkingCopy(repository));
  const [{ root }] = copies;
  const graph = new TestGraph(root);
  const chosen = await choose(root, graph.sources);
  const known = { seconds: Number(values.limit), times: new Map(), sound: new Map() };
  const rows = [];
  const queue = [...chosen];
  const total = chosen.length;

  async function work(copy) {
    const trials = new Trials(copy, graph, known);
    running.push(trials);
    for (let change = queue.shift(); change !== undefined; change = queue.shift()) {
      const reason = equivalents.reasonOf(change);
      if (reason !== undefined) {
        rows.push({ change, result: 'equivalent' });
        continue;
      }
      const from = Date.now();
      const { result, by = '', how, tests } = await trials.try(change, isNear(change));
      rows.push({ change, result, endless: /^no end/.test(how ?? '') });
      const seconds = ((Date.now() - from) / 1000).toFixed(1);
      const told = result === 'killed' ? `by ${by}${how === undefined ? '' : `: ${how}`}` : `by ${tests} test files`;
      console.log(`${rows.length}/${total} ${result} ${seconds} s ${told}\n${show(change)}`);
    }
  }

  if (values.list) {
    for (const change of chosen) {
      const tests = graph.testsOf(change.file).filter(isNear(change));
      console.log(show(change));
      for (const { test, distance, built } of tests)
        console.log(`    ${test}, ${distance} away${built ? ', built' : ''}`);
    }
  } else {
    for (const copy of copies) copy.buildStale();
    await Promise.all(copies.map(work));
    report(rows);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  for (const copy of copies) copy.remove();
}

function report(rows) {
  const survivors = rows.filter(({ result }) => result === 'survived');
  console.log(`\n${survivors.length} survived${survivors.length > 0 ? ':' : ''}`);
  for (const { change } of survivors) console.log(show(change));
  const line = (name, of) => {
    const count = (result) => of.filter((row) => row.result === result).length;
    const [killed, survived, equivalent] = ['killed', 'survived', 'equivalent'].map(count);
    const share = killed + survived === 0 ? '' : `${((100 * survived) / (killed + survived)).toFixed(0)} %`;
    const cells = [killed + survived, killed, survived, share, equivalent].map((cell) => String(cell).padStart(11));
    return `${name.padEnd(17)}${cells.join('')}`;
  };
  console.log(
    `\n${'package'.padEnd(17)}${['changes', 'killed', 'survived', '', 'equivalent'].map((name) => name.padStart(11)).join('')}`,
  );
  for (const [name, of] of grouped(rows, ({ change }) => packageOf(change.file))) console.log(line(name, of));
  for (const kind of kinds) {
    const of = rows.filter(({ change }) => change.kind === kind);
    if (of.length > 0) console.log(line(kind.replace('removed early', 'removed'), of));
  }
  console.log(line('all', rows));
  const endless = rows.filter((row) => row.endless).length;
  if (endless > 0) console.log(`${endless} of those killed were ended for want of an end`);
  const tried = rows.filter(({ result }) => result !== 'equivalent').length;
  process.exitCode = survivors.length > tried / 10 ? 1 : 0;
}
