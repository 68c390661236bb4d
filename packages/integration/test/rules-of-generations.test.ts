import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../../', import.meta.url));

/**
 * What asks whether a task or a model is one of nnU-Net v1 or v2: its name, or the version of its rules. File endings and
 * keys of files are not meant.
 */
const QUESTIONS = [
  /\bisDatasetName\b/,
  /\bisTaskName\b/,
  /\bstartsWith\(['"`](Dataset|Task)/,
  /\/\^\(?(Dataset|Task)(?=[\\[(])/,
  /\b(rules|model|data)\.version\s*(===|!==)\s*[12]\b/,
  /\bis(V1|V2|Generation\w*)\b/,
];

/** Where the question may be asked, and why: everything else takes the rules that are chosen here. */
const PLACES: Readonly<Record<string, string>> = {
  'pipeline/src/task-rules.ts': 'chooses the rules by which a task is prepared and trained',
  'pipeline/src/trained-model.ts': 'finds the folder of a model, which both generations keep in their own place',
  'pipeline/src/trained-configuration.ts': 'v1 has four configurations; those of v2 are in its plans',
  'pipeline/src/describe-dataset.ts': 'leaves the id out of the name of a folder',
  'pipeline/src/repair-task.ts': 'leaves the id out of the name of a task',
  'pipeline/src/label-table.ts': 'whether a folder is named after a task at all',
  'pipeline/src/dicom-output.ts':
    'lists the labels of a model, which are in the plans of v1 and in the dataset.json of v2',
  'schema/src/task-name.ts': 'the form of the names',
  'schema/src/folder-layout.ts': 'the folders of raw data',
  'schema/src/internal.ts': 'exports the question',
  'store/src/tasks.ts': 'looks names up by their ids',
  'dataset/src/node/convert-v2.ts': 'converts from one generation to the other',
  'dataset/src/node/convert-decathlon.ts': 'reads the names of the Decathlon',
  'experiment/src/rules-of-experiment.ts': 'chooses the rules by which an experiment is planned, run and judged',
  'report/src/rules/rules-of-task.ts': 'chooses the rules by which a report finds and reads what a task has',
  'sharing/src/archive-rules.ts': 'recognises what an archive contains by its folders',
  'sharing/src/installed-cards.ts': 'finds the folders of models',
  'inference/src/node/stages.ts': 'makes the rules of a model again in a thread',
  'trainer/src/tuning-rules.ts': 'chooses the rules by which the page adapts a model',
};

/** The rule sets themselves: the files of v2, and the rules of models. */
const RULES = /(^|\/)v2\/|-v2\.ts$|^inference\/src\/(node\/)?(model-)?rules/;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.ts$/.test(entry.name) && !/\.(test|fixture|d)\.ts$/.test(entry.name) ? [path] : [];
  });
}

const asking = readdirSync(packages, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => {
    try {
      return sources(join(packages, name, 'src'));
    } catch {
      return [];
    }
  })
  .flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n');
    return lines.flatMap((line, i) =>
      QUESTIONS.some((question) => question.test(line)) && !/^\s*(\*|\/\/|\/\*)/.test(line)
        ? [{ file: relative(packages, file).replaceAll('\\', '/'), line: i + 1, text: line.trim() }]
        : [],
    );
  });

it('asks for the generation of a task only where its rules are chosen', () => {
  const others = asking.filter(({ file }) => !RULES.test(file) && PLACES[file] === undefined);
  expect(others.map(({ file, line, text }) => `${file}:${line}: ${text}`)).toEqual([]);
});

it('names no place where nothing is asked', () => {
  expect(asking.length).toBeGreaterThan(20);
  expect(Object.keys(PLACES).filter((place) => !asking.some(({ file }) => file === place))).toEqual([]);
});
