// Finds what stands twice: a name that two packages export, and runs of six or more lines of code that are equal, or equal
// but for the names in them. One of the two is to go, or to be called what it is.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Lines that make a twin, when they are equal. */
const LINES = 6;
const KEYWORDS = new Set(
  'async await break case catch class const continue default do else export extends false finally for from function if in instanceof let new null of return static super switch this throw true try typeof undefined void while yield'.split(
    ' ',
  ),
);

const sources = readdirSync(`${root}packages`).flatMap((name) => {
  const folder = `${root}packages/${name}/src`;
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true }).map((file) => String(file).replaceAll('\\', '/'));
  return files
    .filter((file) => file.endsWith('.ts') && !/\.(test|fixture|d)\.ts$/.test(file))
    .sort()
    .map((file) => ({ name, file: `packages/${name}/src/${file}`, text: readFileSync(`${folder}/${file}`, 'utf8') }));
});

const faults = [
  ...namesInTwoPackages(sources),
  ...equalLines(sources, { linesOf: codeLines, keyOf: (lines) => lines.join('\n'), apart: LINES }),
  // Within a file, loops over axes are written out.
  ...equalLines(sources, { linesOf: statementLines, keyOf: withoutNames, apart: Number.POSITIVE_INFINITY }),
];
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

/**
 * Each run of equal lines is told once, by where it begins. `keyOf` gives equal texts for lines that count as equal;
 * `apart` is the least distance of two runs in one file.
 */
function equalLines(files, { linesOf, keyOf, apart }) {
  const seen = new Map();
  const told = [];
  for (const { file, text } of files) {
    const lines = linesOf(text);
    let end = -1;
    for (let i = 0; i + LINES <= lines.length; i++) {
      const key = keyOf(lines.slice(i, i + LINES).map(({ code }) => code));
      const before = seen.get(key);
      if (before === undefined) seen.set(key, { file, line: lines[i].line });
      else if (i > end && !(before.file === file && Math.abs(before.line - lines[i].line) < apart)) {
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

/** Code that does something: without lists of names, fields and options, which look alike everywhere. */
function statementLines(text) {
  const listed =
    /^(\.\.\.|readonly )?[#\w$.'?]+(: [^(){};]*)?[,;]$|^this\.#\w+ = [\w.]+;$|^(export )?interface |^case .*:$|^async run\(|await import\(/;
  return codeLines(text).filter(({ code }) => !listed.test(code));
}

/** Names are numbered by their first occurrence, so that a renamed copy reads the same; texts stay. */
function withoutNames(lines) {
  const names = new Map();
  return lines.join('\n').replace(/'[^'\n]*'|`[^`\n]*`|#?[A-Za-z_$][\w$]*/g, (word) => {
    if (/^['`]/.test(word) || KEYWORDS.has(word)) return word;
    if (!names.has(word)) names.set(word, `$${names.size}`);
    return names.get(word);
  });
}
