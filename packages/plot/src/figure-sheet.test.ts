import { expect, it } from 'vitest';
import { renderSheet } from './figure-sheet.ts';
import { renderStrips } from './strip-chart.ts';

it('puts figures one below another on white paper, without colours of a page', () => {
  const strips = (rows: number) =>
    renderStrips({
      title: 't',
      description: 'd',
      axis: 'a',
      rows: Array.from({ length: rows }, () => ({ name: 'n', points: [{ name: 'p', value: 1 }] })),
    });
  const heights = [1, 3].map((rows) => Number(/viewBox="0 0 460 (\d+)"/.exec(strips(rows))![1]));
  const sheet = renderSheet([1, 3].map(strips));
  const [first, second] = heights as [number, number];
  expect(sheet).toContain(`viewBox="0 0 460 ${first + second}"`);
  expect(sheet).toContain(`<rect width="460" height="${first + second}" fill="#ffffff"/>`);
  expect(sheet).toContain(`<g transform="translate(0 ${first})"><svg width="460" height="${second}"`);
  expect(sheet).not.toMatch(/var\(|currentColor/);
  expect(sheet).toContain('stroke="#8a8f98"');

  // 60 rows of 52 pixels are taller than half of the 4000 that a column may have.
  const tall = renderSheet([1, 60, 60].map(strips));
  const height = Number(/viewBox="0 0 460 (\d+)"/.exec(strips(60))![1]);
  expect(tall).toContain(`viewBox="0 0 920 ${first + height}"`);
  expect(tall).toContain(`<g transform="translate(460 0)"><svg width="460" height="${height}"`);
  const full = [2000, 2000, 1].map((h) => `<svg viewBox="0 0 10 ${h}"></svg>`);
  expect(renderSheet(full)).toContain('viewBox="0 0 20 4000"');
});
