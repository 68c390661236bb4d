import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** Names that are no longer used, code that is no longer reached: refused by the compiler as a matter of style. */
const style = new Set([6133, 6138, 6192, 6196, 6198, 7027]);

/** Tells which changes the compiler accepts: what it refuses would never reach a test. */
export class TypeCheck {
  #service;
  #changed = new Map();

  /** @param {string} root of the repository */
  constructor(root) {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
    const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    const files = fileNames.filter((name) => !name.endsWith('.test.ts'));
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => files,
      getScriptVersion: (path) => String(this.#changed.get(path)?.version ?? 0),
      getScriptSnapshot: (path) => {
        const text = this.#changed.get(path)?.text ?? ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }

  /** @param {string} path of a source file @param {string} text that it would have */
  accepts(path, text) {
    const version = (this.#changed.get(path)?.version ?? 0) + 1;
    this.#changed.set(path, { version, text });
    const faults = [...this.#service.getSyntacticDiagnostics(path), ...this.#service.getSemanticDiagnostics(path)];
    this.#changed.set(path, { version: version + 1, text: readFileSync(path, 'utf8') });
    return faults.every(({ code }) => style.has(code));
  }
}
