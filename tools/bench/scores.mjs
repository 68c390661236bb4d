/**
 * Times nnUNet_evaluate_folder --metrics Dice HD95 ASSD NSD, start-up and reading included, beside surface-distance and MedPy
 * on the same label maps, in turns: references, and predictions made of them (shifted, with holes and bumps). One process
 * and thread each; MedPy has no NSD.
 * node tools/bench/scores.mjs LABELS --python PATH [--cases 1] [--rounds 3]
 *   LABELS    a folder of label maps with labels 1 and 2, such as Task105_Large/labelsTr; the first by name are taken
 *   --python  interpreter with the packages named in scores_peer.py
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ownCommand, runCommand, takeTurns } from './turns.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    cases: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
  },
});
const [labels] = positionals;
if (labels === undefined) throw new Error('give a folder of label maps, such as Task105_Large/labelsTr');

const peer = fileURLToPath(new URL('scores_peer.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nnunet-bench-'));
const [reference, predictions] = ['reference', 'predictions'].map((name) => join(folder, name));
const python = (...args) => runCommand(values.python, [peer, ...args]);
try {
  await python('make', labels, folder, values.cases);
  const metrics = ['--metrics', 'Dice', 'HD95', 'ASSD', 'NSD'];
  const sides = {
    nnunet: () =>
      ownCommand('nnUNet_evaluate_folder', ['-ref', reference, '-pred', predictions, '-l', '1', '2', ...metrics]),
    'surface-distance 0.1': () => python('surface-distance', folder),
    'MedPy 0.5.2': () => python('medpy', folder),
  };
  const answers = await takeTurns(`scores of ${values.cases} pair(s)`, sides, Number(values.rounds));
  for (const [name, { text }] of Object.entries(answers)) console.log(`${name}\n${text.trimEnd()}`);
} finally {
  rmSync(folder, { recursive: true });
}
