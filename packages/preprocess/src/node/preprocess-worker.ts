import { loadPlugins, serveThread } from '@nnunet/threads/node';
import { shippedPreprocessors } from '../preprocessor-registry.ts';
import type { CaseJob } from './case-jobs.ts';
import { runCaseTask } from './case-tasks.ts';

serveThread(async ({ task }: CaseJob) => {
  const plugins = task.kind === 'prepare' ? task.plugins : [];
  const { preprocessors } = await loadPlugins(plugins, { preprocessors: shippedPreprocessors });
  return await runCaseTask(task, preprocessors);
});
