import { serveThread } from '@nnunet/threads/node';
import { postprocessCase } from './postprocess-case.ts';

serveThread(postprocessCase);
