import { loadPlugins, serveThread } from '@nnunet/threads/node';
import { shippedLookup } from '../preprocessor-registry.ts';
import type { CaseJob } from './case-jobs.ts';
import { runCaseTask } from './case-tasks.ts';

serveThread(async ({ task }: CaseJob) => {
  const plugins = task.kind === 'prepare' ? task.plugins : [];
  return await runCaseTask(task, await loadPlugins(plugins, shippedLookup));
});
