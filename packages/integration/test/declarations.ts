import { join } from 'node:path';
import ts from 'typescript';
import { manifests, repository } from './commands.ts';

/** Where a name is declared: a source file, and the name there. */
interface Place {
  file: string;
  name: string;
  /** Exported for its type alone, though there is a value. */
  typeOnly: boolean;
}

/** What one entry of a package's `exports` offers. */
interface Entry {
  /** As it is imported: `@nnunet/planner/rules`. */
  path: string;
  /** Names that are there at run time. */
  values: string[];
  places: Map<string, Place>;
}

/** The public declarations of packages, read from their sources: all entries of `exports` but the internal ones. */
export class PublicDeclarations {
  readonly entries: ReadonlyMap<string, Entry[]>;
  readonly #program: ts.Program;
  readonly #emitted = new Map<string, readonly ts.Statement[]>();
  /** By place: the entry that offers it; the declaration stands there, other entries refer to it. */
  readonly #homes = new Map<string, string>();

  constructor(packages: readonly string[]) {
    const files = new Map(packages.map((name) => [name, entryFiles(name)]));
    this.#program = ts.createProgram(
      [...files.values()].flat().map(([, file]) => file),
      compilerOptions(),
    );
    this.entries = new Map(
      [...files].map(([name, of]) => [name, of.map(([path, file]) => ({ path, ...this.#exportsOf(file) }))]),
    );
    for (const [name, entries] of this.entries)
      for (const { path, places } of entries)
        for (const place of places.values())
          if (isOf(name, place) && !this.#homes.has(key(place))) this.#homes.set(key(place), path);
  }

  /** A package's declarations as Markdown, sorted by name: the same text for the same types. */
  report(name: string): string {
    const used = new Map<string, string>();
    const sections = this.entries.get(name)!.map(({ path, places }) =>
      section(
        path,
        [...places].map(([alias, place]) => {
          const home = this.#homes.get(key(place));
          const shown = `${place.typeOnly ? 'type ' : ''}${place.name === alias ? alias : `${place.name} as ${alias}`}`;
          if (home !== undefined && home !== path) return [alias, `export { ${shown} } from '${home}';`];
          return [alias, `${place.typeOnly ? '/* type only */ ' : ''}${this.#declaration(place, used)}`];
        }),
      ),
    );
    if (used.size > 0) sections.push(section('Used above, exported nowhere', [...used]));
    return sections.join('\n');
  }

  /** The text of a declaration; what it uses and no entry offers is added to `used`. */
  #declaration(place: Place, used: Map<string, string>): string {
    const statements = this.#statements(place);
    for (const other of statements.flatMap((one) => this.#placesIn(one, place.file))) {
      if (this.#homes.has(key(other)) || used.has(other.name) || this.#statements(other).length === 0) continue;
      used.set(other.name, '');
      used.set(other.name, this.#declaration(other, used));
    }
    return statements.map(textOf).join('\n');
  }

  #statements({ file, name }: Place): ts.Statement[] {
    return this.#declarationsIn(file).filter((one) => namesOf(one).includes(name));
  }

  /** A source file's declarations as TypeScript writes them to a `.d.ts`, without comments; none of foreign files. */
  #declarationsIn(file: string): readonly ts.Statement[] {
    let statements = this.#emitted.get(file);
    if (statements === undefined) {
      let text = '';
      const source = this.#program.getSourceFile(file);
      if (!source!.isDeclarationFile) this.#program.emit(source, (_, emitted) => (text = emitted), undefined, true);
      statements = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).statements;
      this.#emitted.set(file, statements);
    }
    return statements;
  }

  /** What a statement of the declarations of `file` refers to. */
  #placesIn(statement: ts.Statement, file: string): Place[] {
    const found: (Place | undefined)[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && node.qualifier !== undefined)
        found.push(this.#imported(node.argument.literal.getText().slice(1, -1), firstName(node.qualifier), file));
      if (ts.isTypeReferenceNode(node)) found.push(this.#named(firstName(node.typeName), file));
      if (ts.isTypeQueryNode(node)) found.push(this.#named(firstName(node.exprName), file));
      if (ts.isExpressionWithTypeArguments(node)) found.push(this.#named(node.expression.getText(), file));
      node.forEachChild(visit);
    };
    visit(statement);
    return found.filter((place) => place !== undefined);
  }

  #named(name: string, file: string): Place | undefined {
    const statements = this.#declarationsIn(file);
    if (statements.some((one) => namesOf(one).includes(name))) return { file, name, typeOnly: false };
    for (const one of statements.filter(ts.isImportDeclaration)) {
      const bindings = one.importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
      const binding = bindings.elements.find((element) => element.name.text === name);
      if (binding === undefined) continue;
      return this.#imported(
        one.moduleSpecifier.getText().slice(1, -1),
        (binding.propertyName ?? binding.name).text,
        file,
      );
    }
    return undefined;
  }

  #imported(specifier: string, name: string, file: string): Place | undefined {
    const { resolvedModule } = ts.resolveModuleName(specifier, file, this.#program.getCompilerOptions(), ts.sys);
    return resolvedModule && this.#exportsOf(resolvedModule.resolvedFileName).places.get(name);
  }

  #exportsOf(file: string): Omit<Entry, 'path'> {
    const checker = this.#program.getTypeChecker();
    const module = checker.getSymbolAtLocation(this.#program.getSourceFile(file)!);
    const places = new Map<string, Place>();
    const values: string[] = [];
    for (const symbol of module === undefined ? [] : checker.getExportsOfModule(module)) {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const isValue = (target.flags & ts.SymbolFlags.Value) !== 0;
      const typeOnly = isValue && (symbol.declarations ?? []).some(ts.isTypeOnlyExportDeclaration);
      const declared = target.declarations?.[0];
      if (declared === undefined) continue;
      places.set(symbol.name, { file: declared.getSourceFile().fileName, name: target.name, typeOnly });
      if (isValue && !typeOnly) values.push(symbol.name);
    }
    return { places, values: values.sort() };
  }
}

const key = ({ file, name }: Place): string => `${file}#${name}`;

const isOf = (name: string, { file }: Place): boolean => file.startsWith(join(repository, 'packages', name, '/'));

/** Path to import an entry by, and its source file. */
function entryFiles(name: string): [path: string, file: string][] {
  const folder = join(repository, 'packages', name);
  return Object.entries(manifests.get(name)!.exports).flatMap(([entry, { types }]) =>
    types === undefined || entry.endsWith('internal')
      ? []
      : [[`@nnunet/${name}${entry.slice(1)}`, join(folder, types.replace('dist', 'src').replace(/\.d\.ts$/, '.ts'))]],
  );
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(repository, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, repository);
  const emit = { noEmit: false, declaration: true, emitDeclarationOnly: true, removeComments: true, noCheck: true };
  return { ...options, ...emit };
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return [];
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.getText()];
}

const firstName = (name: ts.EntityName): string => (ts.isIdentifier(name) ? name.text : firstName(name.left));

/** Without what no user can use: private members, and words that say where the text stands. */
function textOf(statement: ts.Statement): string {
  return (
    statement
      .getText()
      .replace(/^(export )?(declare )?/, '')
      .replace(/^ +(private .*|#private;)\n/gm, '')
      // The compiler orders an inferred union by what it met first.
      .replace(/"[^"\n]*"( \| "[^"\n]*")+/g, (union) => union.split(' | ').sort().join(' | '))
  );
}

function section(title: string, declarations: [name: string, text: string][]): string {
  const texts = declarations.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return `## ${title}\n\n\`\`\`ts\n${texts.join('\n')}\n\`\`\`\n`;
}
