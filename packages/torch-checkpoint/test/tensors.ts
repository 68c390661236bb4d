import { isTorchTensor, type TorchTensor } from '../src/torch-tensor.ts';

/** Every tensor of a value, by its keys joined with slashes. */
export function tensorsOf(value: unknown, path: string[] = [], out = new Map<string, TorchTensor>()) {
  if (isTorchTensor(value)) out.set(path.join('/'), value);
  else if (value instanceof Map) for (const [key, item] of value) tensorsOf(item, [...path, String(key)], out);
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) tensorsOf(item, [...path, String(i)], out);
  return out;
}
