import { fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Seconds that test files took when vitest last ran them here, as it has noted for itself. */
export function knownTimes(repository) {
  const folder = join(repository, 'node_modules/.vite/vitest');
  const notes = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, 'results.json')) : [];
  const results = notes.flatMap((path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).results : []));
  return new Map(results.map(([file, { duration }]) => [file.replace(/^.*:\/?/, ''), duration / 1000]));
}

const program = fileURLToPath(new URL('run-tests.mjs', import.meta.url));

/**
 * @typedef {object} Verdict
 * @property {'killed' | 'survived'} result
 * @property {string} [by] the test file that failed
 * @property {string} [how] the test, or 'no end'
 * @property {number} tests files that were run
 */

/** Runs tests against changed sources in one working copy, the nearest first, until one fails. */
export class Trials {
  #copy;
  #graph;
  #seconds;
  #times;
  #sound;
  #child;

  /**
   * @param {import('./working-copy.mjs').WorkingCopy} copy
   * @param {import('./test-graph.mjs').TestGraph} graph
   * @param {{ seconds: number, times: Map<string, number>, sound: Map<string, boolean> }} known the longest that a test
   *   file may take; what was learnt about test files: how long they take, and whether they hold without a change
   */
  constructor(copy, graph, { seconds, times, sound }) {
    this.#copy = copy;
    this.#graph = graph;
    this.#seconds = seconds;
    this.#times = times;
    this.#sound = sound;
  }

  /**
   * @param {import('./make-changes.mjs').Change} change
   * @param {(seeing: import('./test-graph.mjs').Seeing) => boolean} near which tests are run
   * @returns {Promise<Verdict>}
   */
  async try(change, near) {
    let tests = 0;
    try {
      this.#copy.apply(change);
      for (const { files, built } of this.#batches(change.file, near)) {
        let left = files.filter((file) => this.#sound.get(file) !== false);
        while (left.length > 0) {
          if (built && !this.#copy.buildChanged()) return { result: 'killed', by: 'the build', tests };
          const outcome = await this.#run(left);
          tests += outcome.ended;
          if (outcome.failed === undefined) break;
          if (await this.#isSound(outcome.failed))
            return { result: 'killed', by: outcome.failed, how: outcome.how, tests };
          this.#copy.apply(change);
          left = left.filter((file) => file !== outcome.failed);
        }
      }
      return { result: 'survived', tests };
    } finally {
      this.#copy.restore();
    }
  }

  /** Ends the tests that run now. */
  stop() {
    if (this.#child?.pid !== undefined) end(this.#child.pid);
  }

  /**
   * Tests that can see a change: those of its package, those that need its built form, those of other packages, those of
   * the commands. Each time those first that are quick or near.
   */
  #batches(file, near) {
    const own = `packages/${file.split('/')[1]}/`;
    const beside = file.replace(/\.ts$/, '.test.ts');
    const place = ({ test, built }) => {
      if (test.startsWith('packages/integration/')) return 3;
      return test.startsWith(own) ? (built ? 1 : 0) : 2;
    };
    const cost = ({ test, distance }) => (test === beside ? 0 : (0.5 + (this.#times.get(test) ?? 4)) * (1 + distance));
    const seeing = this.#graph.testsOf(file).filter(near);
    return [0, 1, 2, 3].map((at) => {
      const those = seeing.filter((one) => place(one) === at).sort((a, b) => cost(a) - cost(b));
      return { files: those.map(({ test }) => test), built: those.some(({ built }) => built) };
    });
  }

  /** Whether a test file holds on unchanged sources. Tried when it first failed. */
  async #isSound(file) {
    if (!this.#sound.has(file)) {
      this.#copy.restore();
      const { failed } = await this.#run([file]);
      this.#sound.set(file, failed === undefined);
      if (failed !== undefined) console.log(`${file} fails without any change: left out`);
    }
    return this.#sound.get(file);
  }

  /** @returns {Promise<{ failed?: string, how?: string, ended: number }>} */
  #run(files) {
    return new Promise((resolve, reject) => {
      const child = fork(program, [this.#copy.root, ...files], {
        cwd: this.#copy.root,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: { ...process.env, TMPDIR: this.#copy.temporary, TEMP: this.#copy.temporary, TMP: this.#copy.temporary },
      });
      this.#child = child;
      let said = '';
      let now = files[0];
      let began = Date.now();
      let ended = 0;
      let timer;
      let over = false;
      const finish = (outcome) => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        if (child.pid !== undefined) end(child.pid);
        this.#copy.cleanUp();
        resolve({ ...outcome, ended });
      };
      const watch = () => {
        clearTimeout(timer);
        const usual = this.#times.get(now);
        const seconds = usual === undefined ? this.#seconds : Math.min(this.#seconds, 60 + usual * 10);
        timer = setTimeout(() => finish({ failed: now, how: `no end after ${Math.round(seconds)} s` }), seconds * 1000);
      };
      watch();
      child.stderr.on('data', (text) => {
        said += text;
      });
      child.on('error', reject);
      child.on('message', ({ file, state, test }) => {
        if (state === 'started') {
          now = file;
          began = Date.now();
          watch();
        } else if (state === 'failed') finish({ failed: file ?? now, how: test });
        else if (state === 'passed') {
          ended++;
          this.#times.set(file, (Date.now() - began) / 1000);
        } else finish({});
      });
      // Before its last word: the change has brought the whole process down.
      child.on('exit', () => finish({ failed: now, how: said.trim().split('\n').at(-1) }));
    });
  }
}

/** Ends a process and all that it started. */
function end(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
