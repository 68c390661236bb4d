import { serveThread } from '@nnunet/threads/node';
import type { ScoringTask } from './evaluate-files.ts';
import { scoreFiles } from './score-files.ts';

serveThread(({ pair, scoring }: ScoringTask) => scoreFiles(pair, scoring));
