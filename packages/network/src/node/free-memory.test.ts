import { writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { freeMemory, roomOfGroup } from './free-memory.ts';

function group(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

it('is not more than the machine has', () => {
  expect(freeMemory()).toBeGreaterThan(0);
  expect(freeMemory()).toBeLessThanOrEqual(freemem() * 1.05);
});

it('counts files that the system keeps in memory as free', () => {
  const stat = 'anon 1000\nfile 3000\nkernel 7\n';
  expect(roomOfGroup(group({ 'memory.max': '5000\n', 'memory.current': '4500\n', 'memory.stat': stat }))).toBe(3500);
  expect(roomOfGroup(group({ 'memory.max': '100\n', 'memory.current': '4500\n', 'memory.stat': stat }))).toBe(0);
});

it('knows no limit where there is none', () => {
  expect(roomOfGroup(group({ 'memory.max': 'max\n', 'memory.current': '1\n', 'memory.stat': '' }))).toBeUndefined();
  expect(roomOfGroup('/no/such/group')).toBeUndefined();
});
