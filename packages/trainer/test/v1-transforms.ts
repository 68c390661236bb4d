import { isObject, type Json } from './v1-table.ts';

/** A transform of v1 by the name of its class. */
export type Transform = [name: string, attributes: Json];

/** What v1 needs to carry arrays from one transform to the next, and decides nothing. */
const plumbing = /^(SegChannelSelection|Rename|NumpyToTensor)/;
const plumbingKeys = /_keys?$|^keys?_|^keys?$|^cast_to$/;

/** v1's transforms in their order, without what has no effect. */
export function transformsOf({
  order,
  by_name: byName,
}: {
  order: string[];
  by_name: Record<string, Json>;
}): Transform[] {
  return order
    .filter((name) => !plumbing.test(name))
    .map((name): Transform => [name.replace(/#\d+$/, ''), effective(name, byName[name]!)])
    .filter(([, attributes]) => attributes !== nothing);
}

const nothing: Json = {};

function effective(name: string, attributes: Json): Json {
  const without = (...keys: string[]) =>
    Object.fromEntries(Object.entries(attributes).filter(([key]) => !plumbingKeys.test(key) && !keys.includes(key)));
  if (name.startsWith('SpatialTransform')) {
    const { do_elastic_deform: elastic, independent_scale_for_each_axis: perAxis, patch_size: patch } = attributes;
    const own = without(
      ...(elastic ? [] : ['p_el_per_sample', 'alpha', 'sigma', 'deformation_scale']),
      ...(perAxis ? [] : ['p_independent_scale_per_axis']),
      ...((patch as number[]).length === 2 ? ['angle_y', 'angle_z'] : []),
    );
    return own;
  }
  if (name.startsWith('MaskTransform')) {
    const used = attributes.dct_for_where_it_was_used as Record<string, boolean>;
    const channels = Object.keys(used).filter((channel) => used[channel]);
    return channels.length === 0
      ? nothing
      : { ...without('dct_for_where_it_was_used'), channels: channels.map(Number) };
  }
  // a component must cover less than this share to be removed: none does
  if (name.startsWith('RemoveRandomConnectedComponent') && attributes.dont_do_if_covers_more_than_X_percent === 0) {
    return nothing;
  }
  if (name.startsWith('OneOfTransform')) {
    const list = attributes.list_of_transforms as (Json & { class: string })[];
    return { list: list.map(({ class: kind, ...own }) => [kind, effective(kind, own)]) };
  }
  if (name.startsWith('DownsampleSeg')) {
    // v1 writes three ones for slices too
    const scales = attributes.ds_scales as number[][];
    const axes = scales.at(-1)!.length;
    return { ...without('ds_scales'), ds_scales: scales.map((scale) => scale.slice(0, axes)) };
  }
  return Object.fromEntries(
    Object.entries(without()).map(([key, value]) => [key, isObject(value) && 'draws' in value ? value.draws : value]),
  );
}
