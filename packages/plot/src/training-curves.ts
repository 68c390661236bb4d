import { type ChartPanel, drawPanel, type Series } from './chart-panel.ts';
import { label, svgDocument } from './svg.ts';

/** Records of a training, one value per epoch; NaN if an epoch has none. */
export interface TrainingCurves {
  trainLosses: readonly number[];
  validationLosses: readonly number[];
  /** E.g. the estimated foreground Dice; drawn only if it has as many values as the training loss, as in v1. */
  validationMetrics?: readonly number[];
  learningRates?: readonly number[];
  /** Duration of each epoch in seconds. */
  epochSeconds?: readonly number[];
}

export interface TrainingCurvesOptions {
  title?: string;
  /** Default: `evaluation metric`. */
  metricName?: string;
}

const WIDTH = 1200;
const MARGIN = 90;
const GAP = 110;
const BLUE = '#1f4fd8';
const RED = '#d62728';
const GREEN = '#1b8a3a';

/**
 * Renders v1's progress picture as an SVG 1200 pixels wide: training loss in blue, validation loss in red, and the
 * metric as a dashed green line on its own axis. Smaller panels below show the learning rate and time per epoch, if
 * known.
 */
export function renderTrainingCurves(curves: TrainingCurves, options: TrainingCurvesOptions = {}): string {
  const { trainLosses, validationLosses, validationMetrics: metric, learningRates, epochSeconds } = curves;
  const { title, metricName = 'evaluation metric' } = options;
  const top = title === undefined ? 50 : 88;
  const inner = WIDTH - 2 * MARGIN;
  const showMetric = metric !== undefined && metric.length === trainLosses.length && metric.length > 0;
  const losses: Series[] = [
    { name: 'training loss', values: trainLosses, color: BLUE },
    { name: 'validation loss', values: validationLosses, color: RED },
  ];
  const main: ChartPanel = {
    x: MARGIN,
    y: top,
    width: inner,
    height: 480,
    xTitle: 'epoch',
    left: { title: 'loss', series: losses.filter((series) => series.values.length > 0) },
    right: showMetric
      ? { title: metricName, series: [{ name: metricName, values: metric, color: GREEN, dash: '7 4' }] }
      : undefined,
    legend: true,
  };
  const small = (
    [
      ['learning rate', learningRates, '#7a3fb3'],
      ['seconds per epoch', epochSeconds, '#b35c00'],
    ] as const
  ).filter(([, values]) => values !== undefined && values.length > 0);
  const width = small.length === 2 ? (inner - GAP) / 2 : inner;
  const y = main.y + main.height + 80;
  const panels = small.map(([name, values, color], i): ChartPanel => {
    const high = Math.max(...values!.filter(Number.isFinite), 0);
    return {
      x: MARGIN + i * (width + GAP),
      y,
      width,
      height: 160,
      xTitle: 'epoch',
      left: { title: name, series: [{ name, values: values!, color }], range: [0, high > 0 ? high * 1.08 : 1] },
    };
  });
  const bottom = panels.length > 0 ? y + 160 : main.y + main.height;
  const heading =
    title === undefined
      ? []
      : [
          label(title, {
            x: WIDTH / 2,
            y: 38,
            'text-anchor': 'middle',
            'font-size': 20,
            'font-weight': 'bold',
            fill: '#222222',
          }),
        ];
  return svgDocument(WIDTH, bottom + 60, [...heading, drawPanel(main), ...panels.map(drawPanel)]);
}
