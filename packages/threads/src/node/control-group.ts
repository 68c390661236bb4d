import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group that limits memory. */
export interface MemoryGroup {
  version: 1 | 2;
  folder: string;
}

/**
 * The control groups that this process is in, with all those around them that can be seen: a limit of each one holds.
 *
 * @param root where `proc` lies and mount points are looked up; `/` but for tests
 */
export function memoryGroups(root = '/'): MemoryGroup[] {
  const paths = groupPaths(textOf(join(root, 'proc/self/cgroup')));
  const groups: MemoryGroup[] = [];
  for (const { version, top, mountPoint } of memoryMounts(textOf(join(root, 'proc/self/mountinfo')))) {
    const path = paths[version];
    if (path === undefined) continue;
    const names = below(top, path);
    for (let depth = 0; depth <= names.length; depth++)
      groups.push({ version, folder: join(root, mountPoint, ...names.slice(0, depth)) });
  }
  return groups;
}

/** Bytes that the limit of a group leaves; Infinity where it has none. Files kept in memory are given up when needed. */
export function roomOfGroup({ version, folder }: MemoryGroup): number {
  const number = (file: string) => Number.parseInt(textOf(join(folder, file)), 10);
  const stat = textOf(join(folder, 'memory.stat'));
  const counted = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? Number.NaN);
  // Version 1 gives the group's own numbers and, as total_…, those with the groups in it, which the usage has.
  const prefix = version === 1 ? 'total_' : '';
  const mapped = counted(version === 1 ? 'total_mapped_file' : 'file_mapped') || 0;
  const files = Math.max(0, counted(`${prefix}inactive_file`) + counted(`${prefix}active_file`) - mapped) || 0;
  const limits =
    version === 1
      ? [number('memory.limit_in_bytes'), counted('hierarchical_memory_limit')]
      : [number('memory.max'), number('memory.high')];
  // "max" is no number: there is no limit then.
  const limit = Math.min(...limits.filter((bytes) => bytes >= 0));
  const used = number(version === 1 ? 'memory.usage_in_bytes' : 'memory.current') || 0;
  return Math.max(0, limit - Math.max(0, used - files));
}

/** The group of this process in each version's tree, from `/proc/self/cgroup`. */
function groupPaths(text: string): { 1?: string; 2?: string } {
  const paths: { 1?: string; 2?: string } = {};
  for (const line of text.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers?.split(',').includes('memory')) paths[1] = path;
    else if (id === '0' && controllers === '') paths[2] = path;
  }
  return paths;
}

/** Where trees of groups are mounted, and which group their top is, from `/proc/self/mountinfo`. */
function memoryMounts(text: string): { version: 1 | 2; top: string; mountPoint: string }[] {
  return text.split('\n').flatMap((line) => {
    const [mount = '', system = ''] = line.split(' - ');
    const [, , , top, mountPoint] = mount.split(' ').map(unescaped);
    const [type, , options] = system.split(' ');
    const version = type === 'cgroup2' ? 2 : type === 'cgroup' && options?.split(',').includes('memory') ? 1 : null;
    return version === null || top === undefined || mountPoint === undefined ? [] : [{ version, top, mountPoint }];
  });
}

/** Names of the groups from the top of a mounted tree down to one in it; none where it lies elsewhere. */
function below(top: string, path: string): string[] {
  const names = (text: string) => text.split('/').filter((name) => name !== '');
  const [above, all] = [names(top), names(path)];
  const inside = above.every((name, i) => all[i] === name) && !all.includes('..');
  return inside ? all.slice(above.length) : [];
}

/** Spaces and the like stand as octal numbers there. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}

/** '' where there is no such file, as on systems without control groups. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
