import { CONFIGURATIONS } from '@nnunet/schema';
import { checkSchema } from '@nnunet/schema/internal';
import * as v from 'valibot';
import { JOB_KINDS } from './job.ts';
import type { ExperimentSettings } from './settings.ts';

const text = v.string('a string expected');
const name = v.pipe(text, v.regex(/^[\w.+-]*\w[\w.+-]*$/, 'letters, digits, and the characters . _ + - expected'));
const list = v.array(text, 'a list of strings expected');
const FOLD_EXPECTED = 'the number of a fold, or "all", expected';
const PARTS_EXPECTED = 'an integer of 1 or more expected';
const kinds = ['all', ...JOB_KINDS] as const;

/** An object with a value of the same form for any kinds of jobs. */
function byKind<T extends v.GenericSchema>(value: T) {
  const entries = Object.fromEntries(kinds.map((kind) => [kind, v.optional(value)]));
  return v.strictObject(entries as Record<(typeof kinds)[number], v.OptionalSchema<T, undefined>>, (issue) =>
    issue.expected === 'never' ? `there is no such kind of job; there are ${kinds.join(', ')}` : 'an object expected',
  );
}

function noOtherSetting({ expected }: { expected: string | null }): string {
  return expected === 'never' ? 'there is no such setting' : 'an object expected';
}

/** Settings in a file; whatever is missing keeps its default. experiment.schema.json describes the same for editors. */
export const settingsSchema = v.strictObject(
  {
    $schema: v.optional(text),
    task: v.optional(text),
    name: v.optional(name),
    configurations: v.optional(
      v.nullable(
        v.array(
          // Plans of v2 may have others; names that v1 does not know are refused when the task is known.
          v.union([v.picklist(CONFIGURATIONS), name]),
          'a list of configurations expected',
        ),
      ),
    ),
    folds: v.optional(
      v.nullable(
        v.array(
          v.union(
            [v.pipe(v.number(), v.integer(FOLD_EXPECTED), v.minValue(0, FOLD_EXPECTED)), v.literal('all')],
            FOLD_EXPECTED,
          ),
          'a list of folds expected',
        ),
      ),
    ),
    trainer: v.optional(name),
    cascadeTrainer: v.optional(name),
    plansIdentifier: v.optional(name),
    prediction: v.optional(
      v.nullable(
        v.strictObject(
          {
            images: text,
            output: text,
            references: v.optional(v.nullable(text), null),
            parts: v.optional(
              v.pipe(v.number(PARTS_EXPECTED), v.integer(PARTS_EXPECTED), v.minValue(1, PARTS_EXPECTED)),
              1,
            ),
          },
          noOtherSetting,
        ),
      ),
    ),
    arguments: v.optional(byKind(list)),
    sbatch: v.optional(byKind(text)),
  },
  noOtherSetting,
);

/**
 * Checks settings read from a file.
 *
 * @param file its name, for the message
 * @throws NnUNetError 'bad-experiment' naming every wrong key
 */
export function parseSettings(value: unknown, file: string): Partial<ExperimentSettings> {
  const remedy = 'Correct it; docs/whole_experiment.md describes the settings, and experiment.schema.json for editors.';
  const { $schema: _, ...settings } = checkSchema(settingsSchema, value, { file, tag: 'bad-experiment', remedy });
  return settings;
}
