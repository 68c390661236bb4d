import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { bestCandidates, type Candidate, scoreCandidate } from '@nnunet/ensemble';
import type { Summary } from '@nnunet/metrics';
import { aggregateScores } from '@nnunet/metrics';
import { regionsIn, scoredLabels } from '@nnunet/metrics/internal';
import type { PostprocessingRule } from '@nnunet/postprocess';
import { readPostprocessing } from '@nnunet/postprocess/node';
import type { Roots } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import type { CollectedFolders, ReportRules, TaskDescription } from '../rules/report-rules.ts';
import type { TrainedModelFolder } from '../trained-models.ts';
import { casesIn, SUMMARY } from './summary-cases.ts';

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
  /** Folder of the postprocessed label maps; null if there is none. */
  postprocessedFolder: string | null;
  rule: PostprocessingRule | null;
  predictions: ValidatedPrediction[];
}

/** How the scores of a task are read. */
export interface ScoreSources {
  roots: Roots;
  /** Its whole name. */
  task: string;
  rules: ReportRules;
  description: TaskDescription | null;
  fileEnding: string;
}

/**
 * Reads the scores of all configurations, and of all ensembles of two that were compared. A configuration whose folds
 * have not been collected has the scores of those that are validated.
 */
export async function validatedCandidates(
  sources: ScoreSources,
  models: readonly TrainedModelFolder[],
): Promise<ValidatedCandidate[]> {
  const found: ValidatedCandidate[] = [];
  for (const model of models) {
    const validated = await ofModel(model, sources);
    if (validated !== null) found.push(validated);
  }
  for (const [i, first] of models.entries()) {
    for (const second of models.slice(i + 1)) {
      const validated = await ofEnsemble([first, second], sources);
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

async function ofModel(model: TrainedModelFolder, sources: ScoreSources): Promise<ValidatedCandidate | null> {
  const { rules, description, fileEnding } = sources;
  const { folder, configuration, trainer, plans } = model;
  const predictions: ValidatedPrediction[] = [];
  const parts: Summary[] = [];
  for (const { fold, name } of model.folds) {
    const validation = joinPath(folder, name, rules.validation);
    const file = joinPath(validation, SUMMARY);
    // Fold 'all' is validated on its own training cases.
    if (fold === 'all' || !existsSync(file)) continue;
    const summary = await rules.readSummary(file, description);
    parts.push(summary);
    const origin = `${configuration}, fold ${fold}, validation`;
    for (const id of casesIn(summary)) predictions.push({ id, file: joinPath(validation, id + fileEnding), origin });
  }
  const folders = await rules.collected(model);
  const whole = folders === null ? null : await summaryIn(folders.raw, sources);
  const own = joined(parts);
  // Folds that were validated since are not in what was collected.
  const collected = casesOf(whole) >= casesOf(own) ? whole : null;
  const summary = collected ?? own;
  if (summary === null) return null;
  const known = new Map(predictions.map((prediction) => [prediction.id, prediction]));
  return {
    name: configuration,
    candidate: scoreCandidate(configuration, [{ configuration, trainer, plans }], summary),
    summary,
    ...(await postprocessedIn(collected === null ? null : folders, sources)),
    predictions: casesIn(summary).map((id) => {
      const file = joinPath(folders?.raw ?? folder, id + fileEnding);
      return known.get(id) ?? { id, file, origin: `${configuration}, validation` };
    }),
  };
}

async function ofEnsemble(
  members: readonly [TrainedModelFolder, TrainedModelFolder],
  sources: ScoreSources,
): Promise<ValidatedCandidate | null> {
  const { roots, task, rules, fileEnding } = sources;
  const folders = await rules.ensemble(roots, task, members);
  const summary = folders === null ? null : await summaryIn(folders.raw, sources);
  if (folders === null || summary === null) return null;
  const words = members.map(({ configuration }) => configuration).join(' + ');
  return {
    name: words,
    candidate: scoreCandidate(folders.name, members, summary),
    summary,
    ...(await postprocessedIn(folders, sources)),
    predictions: casesIn(summary).map((id) => {
      return { id, file: joinPath(folders.raw, id + fileEnding), origin: `${words}, validation` };
    }),
  };
}

async function postprocessedIn(
  folders: CollectedFolders | null,
  sources: ScoreSources,
): Promise<Pick<ValidatedCandidate, 'postprocessed' | 'postprocessedFolder' | 'rule'>> {
  if (folders === null) return { postprocessed: null, postprocessedFolder: null, rule: null };
  return {
    postprocessed: await summaryIn(folders.postprocessed, sources),
    postprocessedFolder: folders.postprocessed,
    rule: existsSync(folders.rule) ? await readPostprocessing(folders.rule) : null,
  };
}

async function summaryIn(folder: string, { rules, description }: ScoreSources): Promise<Summary | null> {
  const file = joinPath(folder, SUMMARY);
  return existsSync(file) ? await rules.readSummary(file, description) : null;
}

function casesOf(summary: Summary | null): number {
  return summary?.results.all.length ?? 0;
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
