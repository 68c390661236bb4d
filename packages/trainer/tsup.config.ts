import { buildWithPage } from '../../tsup.base.ts';

export default buildWithPage(['tuning-worker']);
