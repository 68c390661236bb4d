import { serveThread } from '@nnunet/threads/node';
import { workOnCase } from '../v2/case-work.ts';

serveThread(workOnCase);
