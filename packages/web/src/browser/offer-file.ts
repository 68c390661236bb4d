import { byId } from './by-id.ts';

/** Lets a file be saved by a link. */
export function offerFile(link: string, file: File): void {
  const place = byId<HTMLAnchorElement>(link);
  URL.revokeObjectURL(place.href);
  place.href = URL.createObjectURL(file);
  place.download = file.name;
}
