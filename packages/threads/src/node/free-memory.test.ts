import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { freeMemory, heldMemory, spareMemory } from './free-memory.ts';

/** A made-up root of a file system, from paths and texts. */
function root(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const MB = 1e6;
const V1 = '33 30 0:28 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory';
const V2 = '30 23 0:26 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate';
/** As version 1 writes "no limit". */
const HUGE = 9223372036854771712n;

/** A system of version 1, whose groups have [limit, used, files kept in memory] in bytes. */
function version1(path: string, groups: Record<string, [number | bigint, number, number]>, mount = V1): string {
  const files: Record<string, string> = {
    'proc/self/cgroup': `5:devices:/elsewhere\n4:cpu,memory:${path}\n0::/unused\n`,
    'proc/self/mountinfo': `22 1 8:1 / / rw - ext4 /dev/vda rw\n31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n${mount}\n`,
  };
  for (const [group, [limit, used, cache]] of Object.entries(groups)) {
    const folder = `sys/fs/cgroup/memory${group}`;
    files[`${folder}/memory.limit_in_bytes`] = `${limit}\n`;
    files[`${folder}/memory.usage_in_bytes`] = `${used}\n`;
    files[`${folder}/memory.stat`] =
      `inactive_file 1\nactive_file 1\nhierarchical_memory_limit ${HUGE}\ntotal_inactive_file ${cache}\ntotal_active_file 0\ntotal_mapped_file 0\n`;
  }
  return root(files);
}

/** A system of version 2, whose groups have memory.max, memory.high, memory.current and inactive files. */
function version2(path: string, groups: Record<string, [string, string, number, number]>, mount = V2): string {
  const files: Record<string, string> = {
    'proc/self/cgroup': `0::${path}\n`,
    'proc/self/mountinfo': `${mount}\n`,
  };
  for (const [group, [max, high, current, cache]] of Object.entries(groups)) {
    const folder = `sys/fs/cgroup${group}`;
    files[`${folder}/memory.max`] = `${max}\n`;
    files[`${folder}/memory.high`] = `${high}\n`;
    files[`${folder}/memory.current`] = `${current}\n`;
    files[`${folder}/memory.stat`] = `anon 5\nfile 99\nfile_mapped 0\ninactive_file ${cache}\nactive_file 0\n`;
  }
  return root(files);
}

describe('version 1', () => {
  it('takes the smallest of nested limits, as those that Slurm gives to jobs and steps', () => {
    const job = '/slurm/uid_7/job_1';
    const step = `${job}/step_0/task_0`;
    const limits = { [step]: [HUGE, 50 * MB, 0], [`${job}/step_0`]: [HUGE, 50 * MB, 0] } as const;
    const nested = { ...limits, '/slurm': [HUGE, 900 * MB, 0], '': [HUGE, 900 * MB, 0] } as const;
    expect(freeMemory(version1(step, { ...nested, [job]: [600 * MB, 100 * MB, 0] } as never))).toBe(500 * MB);
    const ofUser = { ...nested, '/slurm/uid_7': [700 * MB, 450 * MB, 0], [job]: [600 * MB, 100 * MB, 0] };
    expect(freeMemory(version1(step, ofUser as never))).toBe(250 * MB);
  });

  it('counts files that are kept in memory as free, but not those that are mapped', () => {
    const folder = version1('/job', { '/job': [600 * MB, 500 * MB, 300 * MB] });
    expect(freeMemory(folder)).toBe(400 * MB);
    const stat = 'total_inactive_file 100000000\ntotal_active_file 200000000\ntotal_mapped_file 50000000\n';
    writeFileSync(join(folder, 'sys/fs/cgroup/memory/job/memory.stat'), stat);
    expect(freeMemory(folder)).toBe(350 * MB);
  });

  it('says 0 where more is used than allowed', () => {
    expect(freeMemory(version1('/job', { '/job': [100 * MB, 200 * MB, 0] }))).toBe(0);
  });

  it('finds the group in a container, that sees its own tree only', () => {
    const mount = V1.replace(' / /sys', ' /docker/ab /sys');
    // The container's group is the top of what is mounted; the name of the group in it follows.
    const groups = { '': [600 * MB, 100 * MB, 0], '/inner': [400 * MB, 50 * MB, 0] } as const;
    expect(freeMemory(version1('/docker/ab', groups as never, mount))).toBe(500 * MB);
    expect(freeMemory(version1('/docker/ab/inner', groups as never, mount))).toBe(350 * MB);
  });

  it('knows the limit of groups that cannot be seen', () => {
    const folder = version1('/job', { '/job': [HUGE, 100 * MB, 0] });
    const stat = join(folder, 'sys/fs/cgroup/memory/job/memory.stat');
    writeFileSync(stat, `hierarchical_memory_limit ${300 * MB}\ntotal_inactive_file 0\n`);
    expect(freeMemory(folder)).toBe(200 * MB);
  });
});

describe('version 2', () => {
  it('takes the smallest of nested limits, hard and soft', () => {
    const groups = { '/a/b': ['max', 'max', 10 * MB, 0], '/a': [`${900 * MB}`, 'max', 300 * MB, 0] } as const;
    expect(freeMemory(version2('/a/b', groups as never))).toBe(600 * MB);
    const soft = { ...groups, '/a/b': ['max', `${200 * MB}`, 50 * MB, 0] };
    expect(freeMemory(version2('/a/b', soft as never))).toBe(150 * MB);
  });

  it('counts files that are kept in memory as free', () => {
    expect(freeMemory(version2('/a', { '/a': [`${600 * MB}`, 'max', 500 * MB, 100 * MB] }))).toBe(200 * MB);
  });

  it('finds the mount, whatever its name, and the group where the tree is not its own', () => {
    const mount = V2.replace('/sys/fs/cgroup', '/sys/fs/cgroup/with\\040space');
    const folder = version2('/', { '/with space': [`${600 * MB}`, 'max', 500 * MB, 0] }, mount);
    expect(freeMemory(folder)).toBe(100 * MB);
    const outside = version2('/../../other', { '': [`${600 * MB}`, 'max', 200 * MB, 0] });
    expect(freeMemory(outside)).toBe(400 * MB);
  });
});

it('takes the smaller where groups of both versions limit memory', () => {
  const folder = version1(
    '/job',
    { '/job': [600 * MB, 100 * MB, 0] },
    `${V1}\n${V2.replace('/cgroup ', '/cgroup/unified ')}`,
  );
  mkdirSync(join(folder, 'sys/fs/cgroup/unified/unused'), { recursive: true });
  expect(freeMemory(folder)).toBe(500 * MB);
  writeFileSync(join(folder, 'sys/fs/cgroup/unified/unused/memory.max'), '300\n');
  expect(freeMemory(folder)).toBe(300);
});

it('looks at no other trees, whatever their options are', () => {
  const other = '34 30 0:29 / /sys/fs/other rw - tmpfs tmpfs rw,memory';
  const folder = version1('/job', { '/job': [600 * MB, 100 * MB, 0] }, `${V1}\n${other}`);
  for (const path of ['sys/fs/cgroup/cpu', 'sys/fs/other']) {
    mkdirSync(join(folder, path, 'job'), { recursive: true });
    writeFileSync(join(folder, path, 'job/memory.limit_in_bytes'), '7\n');
    writeFileSync(join(folder, path, 'job/memory.max'), '7\n');
  }
  expect(freeMemory(folder)).toBe(500 * MB);
});

it('is what the machine has free where there is no limit', () => {
  const free = freeMemory(root({}));
  expect(free).toBeGreaterThan(1e6);
  const unlimited = freeMemory(version2('/a', { '/a': ['max', 'max', 500 * MB, 0] }));
  expect(Math.abs(unlimited / free - 1)).toBeLessThan(0.2);
});

it('holds what no file can replace, or what is resident where the system does not tell these apart', () => {
  const status = 'Name:\tnode\nVmRSS:\t  999 kB\nRssAnon:\t   300 kB\nRssFile:\t  600 kB\nRssShmem:\t  99 kB\n';
  expect(heldMemory(root({ 'proc/self/status': status }))).toBe(399 * 1024);
  expect(heldMemory(root({ 'proc/self/status': 'VmRSS:\t  999 kB\n' }))).toBeGreaterThan(10 * MB);
  expect(heldMemory()).toBeLessThanOrEqual(process.memoryUsage.rss() * 1.1);
});

it('spares a fifth of what is free', () => {
  expect(Math.abs(spareMemory() / freeMemory() / 0.8 - 1)).toBeLessThan(0.05);
});
