import { loadPlugins, serveThread } from '@nnunet/threads/node';
import { shippedMetrics } from '../metric-registry.ts';
import { type ScoringTask, scoreFiles } from './evaluate-files.ts';

serveThread(async ({ pair, scoring, plugins }: ScoringTask) => {
  const { metrics } = await loadPlugins(plugins, { metrics: shippedMetrics });
  return scoreFiles(pair, scoring, { registry: metrics });
});
