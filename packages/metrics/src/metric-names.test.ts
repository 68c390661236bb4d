import { expect, it } from 'vitest';
import { metricNamed } from './metric-names.ts';
import { shippedMetrics } from './metric-registry.ts';

it.each([
  ['dice', 'Dice'],
  ['DSC', 'Dice'],
  ['iou', 'Jaccard'],
  ['SENSITIVITY', 'Recall'],
  ['specificity', 'True Negative Rate'],
  ['fpr', 'False Positive Rate'],
  ['false_positive_rate', 'False Positive Rate'],
  ['hd95', 'HD95'],
  ['hausdorff-distance-95', 'Hausdorff Distance 95'],
  ['surface dice', 'NSD'],
  ['LesionF1', 'Lesion F1'],
])('%s is %s', (word, name) => {
  expect(metricNamed(word)).toBe(name);
});

it('finds the metrics of users too, first by their own names', () => {
  const mine = shippedMetrics.with({ name: 'Größe', score: () => 1 }, { name: 'IoU', score: () => 2 });
  expect(metricNamed('größe', mine)).toBe('Größe');
  expect(metricNamed('iou', mine)).toBe('IoU');
});

it('refuses others, with those of similar names', () => {
  const unknown = {
    tag: 'unknown-metric',
    what: 'there is no metric called HD59',
    remedy: expect.stringContaining('HD95'),
  };
  expect(() => metricNamed('HD59')).toThrow(expect.objectContaining(unknown));
});
