import { expect, it } from 'vitest';
import { contentPolicy, modelInAddress } from './content-policy.ts';

it('lets a page read from its own origin alone, and from the address of one model', () => {
  const reading = (model: string | null) =>
    /connect-src [^;]*/.exec(contentPolicy(model === null ? null : new URL(model)))![0];
  expect(contentPolicy(null)).toMatch(/^default-src 'none'; /);
  expect(reading(null)).toBe("connect-src 'self'");
  expect(reading('https://a.org/b/c.zip?d=1#e')).toBe("connect-src 'self' https://a.org/b/c.zip");
  // Neither can end the address and begin another, or another directive.
  expect(reading("https://a.org/b; connect-src *, script-src 'x'")).toBe(
    "connect-src 'self' https://a.org/b%3B%20connect-src%20*%2C%20script-src%20'x'",
  );
});

it('finds the model that the address of a page names, if it can be read from a server', () => {
  const named = (model: string) =>
    modelInAddress(`https://me.org/page/?model=${encodeURIComponent(model)}`)?.href ?? null;
  expect(named('https://a.org/b.zip?c=1')).toBe('https://a.org/b.zip?c=1');
  expect(named('http://localhost:1/b.zip')).toBe('http://localhost:1/b.zip');
  for (const other of ['', 'b.zip', 'file:///etc/passwd', 'data:,x', 'javascript:alert(1)', 'blob:https://me.org/1'])
    expect(named(other), other).toBeNull();
  expect(modelInAddress('https://me.org/page/')).toBeNull();
});
