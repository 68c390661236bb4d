// Makes one small change of the sources at a time, in a copy, runs the tests that can see it, and lists the changes that
// no test saw.
//
// node tools/robustness/mutants.mjs -h
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drawChanges, grouped, inTurns, packageOf, seededRandom, shareOut } from './mutants/choose-changes.mjs';
import { Equivalents } from './mutants/equivalents.mjs';
import { changesOf, kinds } from './mutants/make-changes.mjs';
import { report, shareOfSurvivors, shown } from './mutants/report.mjs';
import { TestGraph } from './mutants/test-graph.mjs';
import { knownTimes, Trials } from './mutants/try-change.mjs';
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
  --reach WHICH     package: run the tests of the changed package alone; near: for what survives, those of packages that
                    import it directly as well; all (default): for what still survives, all others that can see it
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

const rings = {
  quick: 'the quick tests of their packages',
  slow: 'the slow tests of their packages',
  near: 'tests of packages that import theirs',
  all: 'all other tests that can see them',
};
const reaches = { package: ['quick', 'slow'], near: ['quick', 'slow', 'near'], all: Object.keys(rings) };
const reach = reaches[values.reach];
if (reach === undefined) {
  console.error(`--reach ${values.reach}: choose one of ${Object.keys(reaches).join(', ')}`);
  process.exit(2);
}
const repository = fileURLToPath(new URL('../../', import.meta.url));
const equivalents = new Equivalents();
const copies = [];
const running = [];
const rows = [];
const known = { seconds: Number(values.limit), times: knownTimes(repository), sound: new Map() };
/** As known at the start: a test belongs to one ring. */
const slowTests = new Set([...known.times].flatMap(([file, seconds]) => (seconds > 10 ? [file] : [])));

function leave(code) {
  for (const trials of running) trials.stop();
  for (const copy of copies) copy.remove();
  const tried = rows.filter(({ result }) => result !== 'open');
  if (tried.length > 0) console.log(`\nstopped after ${tried.length} of ${rows.length} changes\n${report(tried)}`);
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
    const all = files.get(name).flatMap((file) => changesOf(file, textOf(file)));
    const own = [];
    for (const change of drawChanges(all, seededRandom(Number(values.seed)))) {
      if (own.length === share) break;
      if (await isValid(change)) own.push(change);
    }
    chosen.push(own);
  }
  return inTurns(chosen);
}

/** Whether a test belongs to a ring, of a change: the tests run ring by ring, for all that survived the one before. */
function isInRing(ring, change, { test }) {
  const own = packageOf(change.file);
  if (packageOf(test) === own) return ring === (slowTests.has(test) ? 'slow' : 'quick');
  const manifest = join(repository, 'packages', packageOf(test), 'package.json');
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  return ring === (`@nnunet/${own}` in dependencies ? 'near' : 'all');
}

try {
  console.log(`seed ${values.seed}`);
  for (let job = 0; job < Number(values.jobs); job++) copies.push(new WorkingCopy(repository));
  const [{ root }] = copies;
  for (const { file, before } of equivalents.outdated(root))
    console.log(`equivalent.json lists a change that can no longer be made: ${file}: ${before}`);
  const graph = new TestGraph(root);
  const chosen = await choose(root, graph.sources);
  const total = chosen.length;
  for (const change of chosen) {
    rows.push({ change, result: equivalents.reasonOf(change) === undefined ? 'open' : 'equivalent' });
  }

  /** Tries the changes of a queue with the tests of one ring. */
  async function work(copy, queue, ring) {
    const trials = new Trials(copy, graph, known);
    running.push(trials);
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      const from = Date.now();
      const {
        result,
        by = '',
        how,
        tests,
      } = await trials.try(row.change, (seeing) => isInRing(ring, row.change, seeing));
      row.result = result;
      row.endless = /^no end/.test(how ?? '');
      const seconds = ((Date.now() - from) / 1000).toFixed(1);
      const told = result === 'killed' ? `by ${by}${how === undefined ? '' : `: ${how}`}` : `${tests} test files`;
      console.log(`${rows.indexOf(row) + 1}/${total} ${result} ${seconds} s ${told}\n${shown(row.change)}`);
    }
  }

  if (values.list) {
    for (const change of chosen) {
      const tests = graph.testsOf(change.file).filter((seeing) => reach.some((ring) => isInRing(ring, change, seeing)));
      console.log(shown(change));
      for (const { test, distance, built } of tests)
        console.log(`    ${test}, ${distance} away${built ? ', built' : ''}`);
    }
  } else {
    for (const copy of copies) copy.buildStale();
    for (const [i, ring] of reach.entries()) {
      const queue = rows.filter(({ result }) => result === (i === 0 ? 'open' : 'survived'));
      console.log(`\n${queue.length} changes, ${rings[ring]}`);
      await Promise.all(copies.map((copy) => work(copy, queue, ring)));
    }
    console.log(`\n${report(rows)}`);
    process.exitCode = shareOfSurvivors(rows) > 0.1 ? 1 : 0;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  for (const copy of copies) copy.remove();
}
