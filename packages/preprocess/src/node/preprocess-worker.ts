import { serveThread } from '@nnunet/threads/node';
import type { CaseJob } from './case-jobs.ts';
import { runCaseTask } from './case-tasks.ts';

serveThread(({ task }: CaseJob) => runCaseTask(task));
