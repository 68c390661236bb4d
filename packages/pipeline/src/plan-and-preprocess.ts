import { basename, dirname, join } from 'node:path';
import { requireInteger } from '@nnunet/errors/internal';
import { checkPlannerOptions } from '@nnunet/planner/internal';
import { resolveAnyTask } from '@nnunet/store/internal';
import type { PlanAndPreprocessOptions, Preparation, PreparationRules } from './preparation-rules.ts';
import { rulesOfTask } from './task-rules.ts';

/**
 * Implements nnUNet_plan_and_preprocess: checks each dataset, computes its fingerprint, plans the 3D and 2D U-Nets and
 * prepares the training data, by the rules of v1 for tasks (v1's nnUNet_plan_and_preprocess.py) and by those of v2 for
 * datasets. Returns the preprocessed folders of the tasks.
 */
export async function planAndPreprocess(options: PlanAndPreprocessOptions): Promise<string[]> {
  const { roots, taskIds, reporter } = options;
  checkPlannerOptions({
    gpuMemoryTarget: options.gpuMemoryTarget,
    howMuchOfAPatientMustTheNetworkSeeAtStage0: options.howMuchOfAPatient,
  });
  requireInteger('workersLowres', options.workersLowres, 1);
  requireInteger('workersFullres', options.workersFullres, 1);
  // Look up all names before processing the first dataset.
  const tasks: string[] = [];
  for (const id of taskIds) tasks.push(await resolveAnyTask(id, roots));
  const preparations = new Map<PreparationRules, Preparation>();
  for (const rules of tasks.map((task) => rulesOfTask(task).preparation))
    if (!preparations.has(rules)) preparations.set(rules, await rules.preparation(options));
  const folders: string[] = [];
  for (const task of tasks) {
    const rules = rulesOfTask(task).preparation;
    const report = options.integrityReport;
    const integrityReport = report !== undefined && tasks.length > 1 ? withPrefix(report, task) : report;
    reporter.message(`${task} (rules of ${rules.name})`);
    folders.push(await preparations.get(rules)!(task, { ...options, ...(integrityReport && { integrityReport }) }));
  }
  return folders;
}

/** Turns `folder/report.json` into `folder/TASK_report.json`. */
function withPrefix(file: string, task: string): string {
  return join(dirname(file), `${task}_${basename(file)}`);
}
