import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import ts from 'typescript';
import { linkPackages, manifests, type Outcome, repository, withoutPaths } from './commands.ts';
import { exampleFiles } from './readme-files.ts';

export interface Example {
  /** Of the block of code; '' where there is none. */
  language: string;
  code: string;
}

export function readmeOf(name: string): string {
  return readFileSync(join(repository, 'packages', name, 'README.md'), 'utf8');
}

/** The first block of code in the README of a package. */
export function readmeExample(name: string): Example {
  const [, language = '', code = ''] = /^```(\w*)\n([\s\S]*?)^```$/m.exec(readmeOf(name)) ?? [];
  return { language, code };
}

/**
 * What an example says that it prints: the comments behind `console.log(…)`, or in a shell script below a command, each
 * with the lines of comment right below it.
 */
export function promisedOutput({ language, code }: Example): string {
  const [comment, prints] = language === 'ts' ? (['//', /console\.log\(/] as const) : (['#', /^\w/] as const);
  const promised: string[] = [];
  let after = false;
  for (const line of code.split('\n')) {
    const own = line.trimStart().startsWith(comment);
    if (!own) after = prints.test(line);
    const at = line.indexOf(own ? comment : ` ${comment} `);
    if (after && at >= 0) promised.push(line.slice(at).replace(/^ ?(\/\/|#) ?/, ''));
  }
  return withoutLayout(promised.join('\n'));
}

/** Without what Node changes with the length of a list: breaks of line, and blanks inside of brackets. */
function withoutLayout(text: string): string {
  return text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/([[{]) | ([\]}])/g, '$1$2');
}

/** Runs an example as a user does: in a folder with the files that it names and the built packages in node_modules. */
export async function runExample(name: string, { language, code }: Example): Promise<Outcome> {
  const folder = temporaryFolder();
  linkPackages(folder, manifests.keys());
  await exampleFiles[name]?.(folder);
  const file = join(folder, language === 'ts' ? 'example.mjs' : 'example.sh');
  writeFileSync(file, language === 'ts' ? javaScript(code) : code);
  const [program, ...args] = language === 'ts' ? [process.execPath, file] : ['bash', '-e', file];
  const env = withoutPaths(process.env);
  env.PATH = join(repository, 'node_modules/.bin') + delimiter + env.PATH;
  const { status, stdout, stderr } = spawnSync(program!, args, { cwd: folder, encoding: 'utf8', env });
  return { code: status, stdout: withoutLayout(stdout), stderr };
}

function javaScript(code: string): string {
  return ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  }).outputText;
}

/** Errors of the compiler in examples, by the settings of the workspace and with the packages' sources. */
export function typeErrors(examples: Readonly<Record<string, string>>): string[] {
  const folder = temporaryFolder();
  const files = Object.entries(examples).map(([name, code]) => {
    writeFileSync(join(folder, `${name}.ts`), code);
    return join(folder, `${name}.ts`);
  });
  const { config } = ts.readConfigFile(join(repository, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, repository);
  const typeRoots = [join(repository, 'node_modules/@types')];
  // `strict` as most readers have it, without the repository's check of indices.
  const program = ts.createProgram(files, { ...options, typeRoots, noUncheckedIndexedAccess: false });
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ start, messageText }) => {
        const { line } = source.getLineAndCharacterOfPosition(start ?? 0);
        return `${file.slice(folder.length + 1)}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      },
    );
  });
}
