import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { bestCandidates, type Candidate, scoreCandidate } from '@nnunet/ensemble';
import type { Summary } from '@nnunet/metrics';
import { aggregateScores } from '@nnunet/metrics';
import { nameOfCase, regionsIn, scoredLabels } from '@nnunet/metrics/internal';
import { readSummary } from '@nnunet/metrics/node';
import type { PostprocessingRule } from '@nnunet/postprocess';
import { readPostprocessing } from '@nnunet/postprocess/node';
import type { Roots } from '@nnunet/schema';
import { ensembleName, ensemblesFolder, FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { type TrainedModelFolder, validationSummary } from '../trained-models.ts';

/** Where a case was predicted in the cross-validation. */
export interface ValidatedPrediction {
  id: string;
  file: string;
  /** In words, for example '3d_fullres, fold 0, validation'. */
  origin: string;
}

/** A configuration or ensemble with the scores of its cross-validation. */
export interface ValidatedCandidate {
  /** In words. */
  name: string;
  candidate: Candidate;
  summary: Summary;
  /** Scores after postprocessing, if that has been decided. */
  postprocessed: Summary | null;
  /** Folder of the postprocessed label maps. */
  postprocessedFolder: string;
  rule: PostprocessingRule | null;
  predictions: ValidatedPrediction[];
}

/**
 * Reads the scores of all configurations, and of all ensembles of two that were compared. A configuration whose folds
 * have not been collected has the scores of those that are validated.
 */
export async function validatedCandidates(
  roots: Roots,
  task: string,
  models: readonly TrainedModelFolder[],
): Promise<ValidatedCandidate[]> {
  const found: ValidatedCandidate[] = [];
  for (const model of models) {
    const validated = await ofModel(model);
    if (validated !== null) found.push(validated);
  }
  for (const [i, first] of models.entries()) {
    for (const second of models.slice(i + 1)) {
      const validated = await ofEnsemble(roots, task, [first, second]);
      if (validated !== null) found.push(validated);
    }
  }
  return found;
}

/** Returns the best of the candidates that were scored on all cases; several if they tie. */
export function bestOf(candidates: readonly ValidatedCandidate[]): ValidatedCandidate[] {
  const most = Math.max(0, ...candidates.map(({ summary }) => summary.results.all.length));
  const whole = candidates.filter(({ summary }) => summary.results.all.length === most);
  const best = bestCandidates(whole.map(({ candidate }) => candidate));
  return whole.filter(({ candidate }) => best.includes(candidate));
}

async function ofModel(model: TrainedModelFolder): Promise<ValidatedCandidate | null> {
  const { folder, configuration, trainer, plans } = model;
  const predictions: ValidatedPrediction[] = [];
  const parts: Summary[] = [];
  for (const fold of model.folds) {
    const file = validationSummary(model, fold);
    // Fold 'all' is validated on its own training cases.
    if (fold === 'all' || !existsSync(file)) continue;
    const summary = await readSummary(file);
    parts.push(summary);
    const origin = `${configuration}, ${fold.replace('_', ' ')}, validation`;
    for (const scores of summary.results.all) {
      const id = nameOfCase(scores.test);
      predictions.push({ id, file: joinPath(folder, fold, FILE_NAMES.validation, `${id}.nii.gz`), origin });
    }
  }
  const collected = await summaryIn(joinPath(folder, 'cv_niftis_raw'));
  const summary = collected ?? joined(parts);
  if (summary === null) return null;
  const known = new Map(predictions.map((prediction) => [prediction.id, prediction]));
  return {
    name: configuration,
    candidate: scoreCandidate(configuration, [{ configuration, trainer, plans }], summary),
    summary,
    postprocessed: collected === null ? null : await summaryIn(joinPath(folder, 'cv_niftis_postprocessed')),
    postprocessedFolder: joinPath(folder, 'cv_niftis_postprocessed'),
    rule: collected === null ? null : await ruleIn(folder),
    predictions: summary.results.all.map((scores) => {
      const id = nameOfCase(scores.test);
      const file = joinPath(folder, 'cv_niftis_raw', `${id}.nii.gz`);
      return known.get(id) ?? { id, file, origin: `${configuration}, validation` };
    }),
  };
}

async function ofEnsemble(
  roots: Roots,
  task: string,
  members: readonly [TrainedModelFolder, TrainedModelFolder],
): Promise<ValidatedCandidate | null> {
  const name = ensembleName(...members);
  const folder = ensemblesFolder(roots, task, name);
  const raw = joinPath(folder, 'ensembled_raw');
  const summary = await summaryIn(raw);
  if (summary === null) return null;
  const words = members.map(({ configuration }) => configuration).join(' + ');
  return {
    name: words,
    candidate: scoreCandidate(name, members, summary),
    summary,
    postprocessed: await summaryIn(joinPath(folder, 'ensembled_postprocessed')),
    postprocessedFolder: joinPath(folder, 'ensembled_postprocessed'),
    rule: await ruleIn(folder),
    predictions: summary.results.all.map((scores) => {
      const id = nameOfCase(scores.test);
      return { id, file: joinPath(raw, `${id}.nii.gz`), origin: `${words}, validation` };
    }),
  };
}

async function summaryIn(folder: string): Promise<Summary | null> {
  const file = joinPath(folder, 'summary.json');
  return existsSync(file) ? await readSummary(file) : null;
}

async function ruleIn(folder: string): Promise<PostprocessingRule | null> {
  const file = joinPath(folder, FILE_NAMES.postprocessing);
  return existsSync(file) ? await readPostprocessing(file) : null;
}

/** Joins the scores of folds as collecting them would. */
function joined(parts: readonly Summary[]): Summary | null {
  const [first] = parts;
  if (first === undefined) return null;
  const labels = ['0', ...scoredLabels(first).map(String)];
  const regions = regionsIn(first);
  const same = parts.every((part) => isDeepStrictEqual(regionsIn(part), regions)) ? regions : undefined;
  const cases = parts.flatMap(({ results }) =>
    results.all.map((entry, i) => ({
      entry,
      regions: same && Object.fromEntries(results.regions!.map(({ name, all }) => [name, all[i]!])),
    })),
  );
  return aggregateScores(
    cases.map(({ entry, regions }) => ({
      reference: entry.reference,
      test: entry.test,
      scores: Object.fromEntries(
        labels.flatMap((label) => {
          const scores = entry[label];
          return typeof scores === 'object' ? [[label, scores]] : [];
        }),
      ),
      regions,
    })),
    { regions: same },
  );
}
