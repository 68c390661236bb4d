import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import ts from 'typescript';

/** They pack and install, look at names alone, or need a browser: no small change is theirs to see. */
const leftOut = /integration\/test\/(installed|exports|browser)\.test\.ts$/;

/**
 * @typedef {object} Seeing
 * @property {string} test path of a test file in the repository
 * @property {number} distance imports between the test and the file
 * @property {boolean} built whether the test runs the built form of the file: a thread or a command
 */

/**
 * Which tests can see a change of which source file. Imports are followed name by name, through the index of a package
 * to the file that has what is named: a test that takes one function of a package does not see the others.
 */
export class TestGraph {
  #root;
  #modules = new Map();
  #seen = new Map();
  /** Source files, without tests and what only tests use. */
  sources = [];
  tests = [];

  /** @param {string} root of the repository */
  constructor(root) {
    this.#root = root;
    for (const name of readdirSync(join(root, 'packages'))) {
      for (const part of ['src', 'test']) {
        const folder = join(root, 'packages', name, part);
        if (!existsSync(folder)) continue;
        for (const entry of readdirSync(folder, { recursive: true })) {
          const path = relative(root, join(folder, entry)).split(sep).join('/');
          if (!path.endsWith('.ts') || path.endsWith('.d.ts')) continue;
          if (path.endsWith('.test.ts')) {
            if (!leftOut.test(path)) this.tests.push(path);
          } else if (part === 'src' && name !== 'testing' && !path.endsWith('.fixture.ts')) this.sources.push(path);
        }
      }
    }
    this.sources.sort();
    this.tests.sort();
  }

  /**
   * Tests that can see a source file: the one beside it, those of its package, those of others, those of the commands;
   * the nearest first.
   *
   * @param {string} file
   * @returns {Seeing[]}
   */
  testsOf(file) {
    const own = file.split('/')[1];
    const rank = ({ test }) => {
      if (test === file.replace(/\.ts$/, '.test.ts')) return 0;
      const name = test.split('/')[1];
      return name === own ? 1 : name === 'integration' ? 3 : 2;
    };
    return this.tests
      .flatMap((test) => {
        const found = this.#reached(test).get(file);
        return found === undefined ? [] : [{ test, ...found }];
      })
      .sort((a, b) => rank(a) - rank(b) || a.distance - b.distance || (a.test < b.test ? -1 : 1));
  }

  /** Every file that a test reaches, with the fewest imports between. */
  #reached(test) {
    const known = this.#seen.get(test);
    if (known !== undefined) return known;
    const reached = new Map();
    let front = [{ file: test, built: false }];
    for (let distance = 0; front.length > 0; distance++) {
      const next = [];
      for (const { file, built } of front) {
        const before = reached.get(file);
        if (before !== undefined && (before.built || !built)) continue;
        reached.set(file, { distance: before?.distance ?? distance, built });
        for (const edge of this.#module(file).edges) next.push({ file: edge.file, built: built || edge.built });
      }
      front = next;
    }
    this.#seen.set(test, reached);
    return reached;
  }

  #module(file) {
    let module = this.#modules.get(file);
    if (module !== undefined) return module;
    module = this.#read(file);
    this.#modules.set(file, module);
    module.edges = module.uses.flatMap((use) => this.#edges(use));
    return module;
  }

  /** What a module uses, by name, and under which names it hands on what others export. */
  #read(file) {
    const text = readFileSync(join(this.#root, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const uses = [];
    const exports = new Map();
    const resolve = (specifier) => this.#resolve(file, specifier);
    const visit = (node) => {
      if (ts.isImportDeclaration(node)) {
        const from = resolve(node.moduleSpecifier.text);
        if (from !== undefined && !node.importClause?.isTypeOnly)
          uses.push(...importedNames(node).map((name) => ({ from, name })));
        return;
      }
      if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
        const from = resolve(node.moduleSpecifier.text);
        if (from === undefined || node.isTypeOnly) return;
        for (const one of node.exportClause?.elements ?? [])
          if (!one.isTypeOnly) exports.set(one.name.text, { from, name: (one.propertyName ?? one.name).text });
        return;
      }
      if (ts.isCallExpression(node)) {
        const [first, second] = node.arguments;
        if (
          node.expression.kind === ts.SyntaxKind.ImportKeyword &&
          first !== undefined &&
          ts.isStringLiteralLike(first)
        ) {
          const from = resolve(first.text);
          if (from !== undefined && !isCommandTable(node))
            uses.push(...awaitedNames(node).map((name) => ({ from, name })));
        }
        if (node.expression.getText(source) === 'builtWorker' && ts.isStringLiteral(second)) {
          const from = resolve(`./${second.text}.ts`);
          if (from !== undefined) uses.push({ from, name: '*', built: true });
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    // The programs beside the packages run what was built.
    if (/^(tools|docs)\//.test(file)) for (const use of uses) use.built = true;
    if (/\/test\/|\.(test|fixture)\.ts$|^tools\//.test(file)) uses.push(...this.#programs(file, text));
    return { uses, exports, edges: [] };
  }

  /** Built programs that a test names: commands where they are run, files of dist/, examples of the documents, and the programs of tools/. */
  #programs(file, text) {
    const table = this.#commandTable();
    const runs = /^(packages\/(integration|cli)|tools)\//.test(file);
    const all = /\bcommandNames\b/.test(text);
    const commands = [...table]
      .filter(([name]) => runs && (all || new RegExp(`\\b${name}\\b`).test(text)))
      .map(([, path]) => path);
    if (commands.length > 0) commands.push('packages/cli/src/index.ts');
    const dist = text.matchAll(/'([./\w-]+\/)dist\/([\w/-]+)\.js'/g);
    const entries = [...dist].map(([, folder, name]) => join(dirname(file), folder, 'src', `${name}.ts`));
    const tools = text.matchAll(/(?:\btools\/[\w/-]+|'\.)\/[\w-]+\.mjs/g);
    const helpers = [...tools].map(([path]) => (path.startsWith("'") ? join(dirname(file), path.slice(1)) : path));
    const examples = /docs\/examples/.test(text) ? this.#examples() : [];
    return [...commands, ...entries, ...helpers, ...examples]
      .filter((path) => existsSync(join(this.#root, path)))
      .map((path) => ({
        from: path.split(sep).join('/'),
        name: '*',
        // The tests of the commands themselves run their sources.
        built: !file.startsWith('packages/cli/') && /^(packages|docs)\//.test(path),
      }));
  }

  #examples() {
    const folder = join(this.#root, 'docs/examples');
    const files = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
    return files.filter((name) => name.endsWith('.mjs')).map((name) => join('docs/examples', name));
  }

  #table;
  #commandTable() {
    if (this.#table === undefined) {
      const row = /^ +(nnUNet_\w+): \(\) => import\('\.\/(.+)'\),$/gm;
      const texts = readdirSync(join(this.#root, 'packages/cli/src'))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(this.#root, 'packages/cli/src', name), 'utf8'));
      const rows = texts.flatMap((text) => [...text.matchAll(row)]);
      this.#table = new Map(rows.map(([, name, path]) => [name, `packages/cli/src/${path}`]));
    }
    return this.#table;
  }

  #edges({ from, name, built = false }) {
    const { exports } = this.#module(from);
    if (name === '*') {
      const all = [...exports.values()].flatMap((use) => this.#edges({ ...use, built }));
      return [{ file: from, built }, ...all];
    }
    const handedOn = exports.get(name);
    return handedOn === undefined ? [{ file: from, built }] : this.#edges({ ...handedOn, built });
  }

  #resolve(file, specifier) {
    const own = /^@nnunet\/([^/]+?)(?:\/(.+))?$/.exec(specifier);
    const path = own
      ? `packages/${own[1]}/src/${own[2] === undefined ? 'index' : own[2] === 'node' ? 'node/index' : own[2]}.ts`
      : specifier.startsWith('.')
        ? join(dirname(file), specifier).replace(/^(.*)\/dist\/(.*)\.js$/, '$1/src/$2.ts')
        : undefined;
    return path !== undefined && existsSync(join(this.#root, path)) ? path.split(sep).join('/') : undefined;
  }
}

function importedNames(node) {
  const bindings = node.importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return ['*'];
  return bindings.elements.filter((one) => !one.isTypeOnly).map((one) => (one.propertyName ?? one.name).text);
}

/** `const { a, b } = await import('…')` */
function awaitedNames(call) {
  const pattern = call.parent.parent?.name;
  if (pattern === undefined || !ts.isObjectBindingPattern(pattern)) return ['*'];
  return pattern.elements.map((one) => (one.propertyName ?? one.name).getText());
}

/** The commands' table: a test that runs one command does not see the others. */
function isCommandTable(node) {
  const row = node.parent.parent;
  return row !== undefined && ts.isPropertyAssignment(row) && row.name.getText().startsWith('nnUNet_');
}
