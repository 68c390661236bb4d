// Finds what stands twice: a name that two packages export, and runs of six or more equal lines of code. One of the two is
// to go, or to be called what it is.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Lines that make a twin, when they are equal. */
const LINES = 6;

const sources = readdirSync(`${root}packages`).flatMap((name) => {
  const folder = `${root}packages/${name}/src`;
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true }).map((file) => String(file).replaceAll('\\', '/'));
  return files
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture|d)\.ts$/.test(file))
    .sort()
    .map((file) => ({ name, file: `packages/${name}/src/${file}`, text: readFileSync(`${folder}/${file}`, 'utf8') }));
});

const faults = [...namesInTwoPackages(sources), ...equalLines(sources)];
if (faults.length > 0) {
  console.error(faults.join('\n'));
  console.error(`twins: ${faults.length}`);
  process.exit(1);
}
console.log(`twins: none in ${sources.length} files`);

/** Names that are declared and exported; what is handed on from another file does not count. */
function namesInTwoPackages(files) {
  const places = new Map();
  for (const { name, file, text } of files) {
    for (const exported of declaredExports(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))) {
      const known = places.get(exported) ?? [];
      places.set(exported, [...known, { name, file }]);
    }
  }
  return [...places].flatMap(([exported, where]) =>
    new Set(where.map(({ name }) => name)).size > 1
      ? [`"${exported}" is exported twice: ${where.map(({ file }) => file).join(' and ')}`]
      : [],
  );
}

function declaredExports(source) {
  return source.statements.flatMap((node) => {
    const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
    if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
    if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText());
    return node.name === undefined ? [] : [node.name.text];
  });
}

/** Each run of equal lines is told once, by where it begins. */
function equalLines(files) {
  const seen = new Map();
  const told = [];
  for (const { file, text } of files) {
    const lines = codeLines(text);
    let end = -1;
    for (let i = 0; i + LINES <= lines.length; i++) {
      const key = lines
        .slice(i, i + LINES)
        .map(({ code }) => code)
        .join('\n');
      const before = seen.get(key);
      if (before === undefined) seen.set(key, { file, line: lines[i].line });
      else if (i > end && !(before.file === file && Math.abs(before.line - lines[i].line) < LINES)) {
        told.push(`${file}:${lines[i].line} has ${LINES} lines of ${before.file}:${before.line}`);
        end = i + LINES;
      } else if (i <= end) end = i + LINES;
    }
  }
  return told;
}

/** Lines with something to say: no blanks, brackets alone, comments and imports. */
function codeLines(text) {
  let importing = false;
  return text.split('\n').flatMap((line, i) => {
    const code = line.trim();
    if (
      /^(import|export) (type )?\{?/.test(code) &&
      !/^export (async |abstract )?(function|class|const|interface|type \w)/.test(code)
    )
      importing = true;
    const skipped = importing || code.length < 4 || /^(\/\/|\/\*|\*)/.test(code);
    if (/from '.*';$/.test(code) || (importing && code.endsWith(';'))) importing = false;
    return skipped ? [] : [{ code, line: i + 1 }];
  });
}
