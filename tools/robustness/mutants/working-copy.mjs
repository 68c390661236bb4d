import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** Left out of a copy. Of node_modules, the links are copied: those to packages of the workspace lead into the copy. */
const leftOut = new Set(['.git', '.pnpm', '.turbo', '.cache', '.vite', 'demo-output']);

/**
 * A copy of the repository in which sources are changed and packages built: whatever happens, the working tree stays as
 * it is.
 */
export class WorkingCopy {
  #folder = mkdtempSync(join(tmpdir(), 'nnunet-mutants-'));
  #changed;
  #built;

  /** @param {string} repository */
  constructor(repository) {
    this.root = join(this.#folder, 'repository');
    cpSync(repository, this.root, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      filter: (path) => !leftOut.has(relative(dirname(path), path)),
    });
    symlinkSync(join(repository, 'node_modules/.pnpm'), join(this.root, 'node_modules/.pnpm'), 'dir');
    const shared = join(repository, '../shared');
    if (existsSync(shared)) symlinkSync(shared, join(this.#folder, 'shared'), 'dir');
  }

  /** Where the tests put what they make. */
  get temporary() {
    const folder = join(this.#folder, 'temporary');
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Builds the packages whose sources are newer than their built files. */
  buildStale() {
    for (const name of readdirSync(join(this.root, 'packages'))) {
      const folder = join(this.root, 'packages', name);
      if (!existsSync(join(folder, 'tsup.config.ts'))) continue;
      const built = join(folder, 'dist/index.js');
      const newest = Math.max(...filesBelow(join(folder, 'src')).map((path) => statSync(path).mtimeMs));
      if (!existsSync(built) || statSync(built).mtimeMs < newest) {
        const fault = this.#build(name);
        if (fault !== undefined) throw new Error(`${name} cannot be built:\n${fault}`);
      }
    }
  }

  /** @param {import('./make-changes.mjs').Change} change */
  apply(change) {
    const path = join(this.root, change.file);
    const text = readFileSync(path, 'utf8');
    this.#changed = { path, text };
    writeFileSync(path, text.slice(0, change.start) + change.replacement + text.slice(change.end));
  }

  /** Builds the package that was changed, once; its own built files are put back with `restore`. False: it does not build. */
  buildChanged() {
    if (this.#built !== undefined) return true;
    const name = relative(join(this.root, 'packages'), this.#changed.path).split(/[\\/]/)[0];
    const dist = join(this.root, 'packages', name, 'dist');
    const whole = `${dist}.whole`;
    renameSync(dist, whole);
    this.#built = { dist, whole };
    return this.#build(name) === undefined;
  }

  restore() {
    if (this.#changed !== undefined) writeFileSync(this.#changed.path, this.#changed.text);
    this.#changed = undefined;
    if (this.#built !== undefined) {
      rmSync(this.#built.dist, { recursive: true, force: true });
      renameSync(this.#built.whole, this.#built.dist);
    }
    this.#built = undefined;
    this.cleanUp();
  }

  /** Removes what the tests left. */
  cleanUp() {
    rmSync(join(this.#folder, 'temporary'), { recursive: true, force: true, maxRetries: 5 });
  }

  remove() {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** @returns {string | undefined} what went wrong */
  #build(name) {
    const tsup = join(this.root, 'node_modules/tsup/dist/cli-default.js');
    const cwd = join(this.root, 'packages', name);
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsup, '--no-dts'], { cwd, encoding: 'utf8' });
    return status === 0 ? undefined : stdout + stderr;
  }
}

function filesBelow(folder) {
  const paths = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return paths.filter((path) => lstatSync(path).isFile() && !path.endsWith('.test.ts'));
}
