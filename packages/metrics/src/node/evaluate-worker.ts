import { serveThread } from '@nnunet/threads/node';
import { type ScoringTask, scoreFiles } from './evaluate-files.ts';

serveThread(({ pair, scoring }: ScoringTask) => scoreFiles(pair, scoring));
