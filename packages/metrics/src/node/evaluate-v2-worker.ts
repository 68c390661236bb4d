import { serveThread } from '@nnunet/threads/node';
import { type ScoringTaskV2, scorePairV2 } from './score-files-v2.ts';

serveThread((task: ScoringTaskV2) => scorePairV2(task));
