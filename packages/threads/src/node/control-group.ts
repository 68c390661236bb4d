import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group with a memory limit. */
export interface MemoryGroup {
  version: 1 | 2;
  folder: string;
}

/**
 * Returns this process's control groups and all enclosing ones that are visible; the limit of each applies.
 *
 * @param root folder that contains `proc` and the mount points; `/` except in tests
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

/**
 * Returns the bytes left by the group's limit; Infinity without a limit. Cached files do not count, because they are
 * released when needed.
 */
export function roomOfGroup({ version, folder }: MemoryGroup): number {
  const number = (file: string) => Number.parseInt(textOf(join(folder, file)), 10);
  const stat = textOf(join(folder, 'memory.stat'));
  const counted = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? Number.NaN);
  // Version 1 lists the group's own numbers and, as total_…, those including its subgroups, which the usage covers.
  const prefix = version === 1 ? 'total_' : '';
  const mapped = counted(version === 1 ? 'total_mapped_file' : 'file_mapped') || 0;
  const files = Math.max(0, counted(`${prefix}inactive_file`) + counted(`${prefix}active_file`) - mapped) || 0;
  const limits =
    version === 1
      ? [number('memory.limit_in_bytes'), counted('hierarchical_memory_limit')]
      : [number('memory.max'), number('memory.high')];
  // "max" is not a number and means no limit.
  const limit = Math.min(...limits.filter((bytes) => bytes >= 0));
  const used = number(version === 1 ? 'memory.usage_in_bytes' : 'memory.current') || 0;
  return Math.max(0, limit - Math.max(0, used - files));
}

/** Returns this process's group in the tree of each version, from `/proc/self/cgroup`. */
function groupPaths(text: string): { 1?: string; 2?: string } {
  const paths: { 1?: string; 2?: string } = {};
  for (const line of text.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers?.split(',').includes('memory')) paths[1] = path;
    else if (id === '0' && controllers === '') paths[2] = path;
  }
  return paths;
}

/** Returns where group trees are mounted, and the group at their top, from `/proc/self/mountinfo`. */
function memoryMounts(text: string): { version: 1 | 2; top: string; mountPoint: string }[] {
  return text.split('\n').flatMap((line) => {
    const [mount = '', system = ''] = line.split(' - ');
    const [, , , top, mountPoint] = mount.split(' ').map(unescaped);
    const [type, , options] = system.split(' ');
    const version = type === 'cgroup2' ? 2 : type === 'cgroup' && options?.split(',').includes('memory') ? 1 : null;
    return version === null || top === undefined || mountPoint === undefined ? [] : [{ version, top, mountPoint }];
  });
}

/** Group names from the top of a mounted tree down to a group in it; empty if it is not in the tree. */
function below(top: string, path: string): string[] {
  const names = (text: string) => text.split('/').filter((name) => name !== '');
  const [above, all] = [names(top), names(path)];
  const inside = above.every((name, i) => all[i] === name) && !all.includes('..');
  return inside ? all.slice(above.length) : [];
}

/** Spaces and similar characters are written as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
}

/** Returns '' if the file does not exist, as on systems without control groups. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
