import { buildWithPage } from '../../tsup.base.ts';

export default buildWithPage(['page']);
