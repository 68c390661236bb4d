import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { repository } from './commands.ts';

interface Change {
  kind: string;
  line: number;
  inside: string;
  start: number;
  end: number;
  replacement: string;
  before: string;
  after: string;
}

let changesOf: (file: string, text: string) => Change[];
let kinds: string[];
let shareOut: (lines: Map<string, number>, count: number) => Map<string, number>;
let inTurns: <T>(lists: T[][]) => T[];
let drawChanges: (changes: Change[], random: () => number) => Generator<Change>;
let seededRandom: (seed: number) => () => number;
let TestGraph: new (root: string) => { testsOf(file: string): { test: string; distance: number; built: boolean }[] };

beforeAll(async () => {
  const load = (name: string) => import(pathToFileURL(join(repository, 'tools/robustness/mutants', name)).href);
  ({ changesOf, kinds } = await load('make-changes.mjs'));
  ({ shareOut, inTurns, drawChanges, seededRandom } = await load('choose-changes.mjs'));
  ({ TestGraph } = await load('test-graph.mjs'));
});

const sample = `import { NnUNetError } from '@nnunet/errors';
type Pair = 1 | [2, 3];
/** At most 4. */
export class Grid {
  step(value: number, count = 5): number {
    if (value < count) return 0;
    if (!value) throw new NnUNetError('bad', { what: \`it is \${value + 6}\`, remedy: 'Take 7.' });
    check(value, count);
    return Math.min(value, 0.5) * count;
  }
}
export const text = (n: number) => \`of \${n * 8} voxels\`;
export const name = (n: number) => \`fold_\${n + 9}\`;
`;

/** Changed words and what they become. */
const made = (text: string) =>
  changesOf('a.ts', text).map(({ kind, start, end, replacement }) => [kind, text.slice(start, end), replacement]);

describe('changes of a source file', () => {
  it('are these, and none in types, comments, imports and messages', () => {
    const guard = sample.split('\n')[6]!.trim();
    expect(made(sample)).toEqual([
      ['constant', '5', '6'],
      ['constant', '5', '4'],
      ['negated condition', 'value < count', '!(value < count)'],
      ['removed early return', 'if (value < count) return 0;', ';'],
      ['comparison', '<', '<='],
      ['constant', '0', '1'],
      ['negated condition', '!value', 'value'],
      ['removed early return', guard, ';'],
      ['removed call', 'check(value, count);', ';'],
      ['swapped argument', 'value, count', 'count, value'],
      ['arithmetic', '*', '/'],
      ['arithmetic', 'min', 'max'],
      ['constant', '0.5', '0.55'],
      ['arithmetic', '+', '-'],
      ['constant', '9', '10'],
      ['constant', '9', '8'],
    ]);
  });

  it('leave operands that may be exchanged', () => {
    const code = "import { add, subtract } from '@nnunet/autodiff/operators';\nf(add(a, b), subtract(a, b));\n";
    const swapped = made(code).filter(([kind]) => kind === 'swapped argument');
    expect(swapped.map(([, before]) => before)).toEqual(['add(a, b), subtract(a, b)', 'a, b']);
    expect(made(code.replace('@nnunet/autodiff/operators', './sums.ts'))).toHaveLength(made(code).length + 1);
  });

  it('are of every kind', () => {
    expect(new Set(changesOf('a.ts', sample).map(({ kind }) => kind))).toEqual(new Set(kinds));
  });

  it('are named by line, function and text, not by place', () => {
    const [first] = changesOf('a.ts', sample);
    expect(first).toMatchObject({
      line: 5,
      inside: 'Grid.step',
      before: 'step(value: number, count = 5): number {',
      after: 'step(value: number, count = 6): number {',
    });
    const [moved] = changesOf('a.ts', `\n\n${sample}`);
    expect(moved).toMatchObject({ line: 7, inside: first!.inside, before: first!.before, after: first!.after });
  });

  it('leave the rest of a block whose last statement leaves, and an if with an else', () => {
    const removed = (text: string) => made(text).filter(([kind]) => kind === 'removed early return');
    expect(removed('for (const a of b) { if (a) { c(); continue; } d(); }')).toEqual([
      ['removed early return', 'continue;', ';'],
    ]);
    expect(removed('function f(a) { if (a) return b; else return c; }')).toEqual([]);
  });
});

describe('the choice of changes', () => {
  it('gives each package three, and the others by lines', () => {
    const lines = new Map(Object.entries({ small: 10, middle: 90, large: 900 }));
    expect(Object.fromEntries(shareOut(lines, 109))).toEqual({ small: 4, middle: 12, large: 93 });
    expect(Object.fromEntries(shareOut(lines, 6))).toEqual({ small: 2, middle: 2, large: 2 });
  });

  it('goes from package to package, so that a run that is stopped has seen some of all', () => {
    expect(inTurns([['a', 'b', 'c', 'd'], ['1', '2'], ['x']])).toEqual(['a', '1', 'b', 'x', 'c', '2', 'd']);
  });

  it('is the same for a seed, takes each once, and begins with all kinds alike', () => {
    const all = changesOf('a.ts', `${sample}${'x = 1;\n'.repeat(1000)}`);
    const draw = (seed: number) => [...drawChanges(all, seededRandom(seed))];
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    expect(new Set(draw(3)).size).toBe(all.length);
    expect(
      draw(3)
        .slice(0, 9)
        .filter(({ kind }) => kind === 'constant').length,
    ).toBeLessThan(6);
  });
});

describe('tests that see a file', () => {
  let graph: InstanceType<typeof TestGraph>;
  beforeAll(() => {
    graph = new TestGraph(repository);
  });

  it('begin with its own, go on with those of its package, and end with the commands', () => {
    const seen = graph.testsOf('packages/metrics/src/summary.ts');
    expect(seen[0]).toEqual({ test: 'packages/metrics/src/summary.test.ts', distance: 1, built: false });
    const packages = seen.map(({ test }) => test.split('/')[1]);
    expect(packages.lastIndexOf('metrics')).toBeLessThan(packages.findIndex((name) => name !== 'metrics'));
    expect(packages.at(-1)).toBe('integration');
    expect(seen.at(-1)!.built).toBe(true);
  });

  it('are those that start a thread with it, and not those that take something else of its package', () => {
    const loads = { test: 'packages/augment/src/node/batch-loader.test.ts', distance: 2, built: true };
    expect(graph.testsOf('packages/augment/src/node/batch-worker.ts')[0]).toEqual(loads);
    const fills = graph.testsOf('packages/morphology/src/fill-holes.ts').map(({ test }) => test);
    expect(fills).toContain('packages/morphology/src/morphology.test.ts');
    expect(fills).not.toContain('packages/morphology/src/golden.test.ts');
  });
});
