/** A file of the user, and where it lay: folders and name, separated by slashes. */
export interface GivenFile {
  path: string;
  file: File;
}

/** Files of a folder that is read; more are no images of a case. */
const MOST_FILES = 20_000;

/** The files that were chosen in a field. */
export function chosenFiles({ files }: HTMLInputElement): GivenFile[] {
  return [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/**
 * The files that were dropped, with those in dropped folders. Must be called while the event is handled.
 *
 * @throws Error in words for a folder that cannot be read, or has too many files
 */
export function droppedFiles({ items }: DataTransfer): Promise<GivenFile[]> {
  const found: (FileSystemEntry | File)[] = [];
  for (const item of items) {
    // Scripts can drop files that have no entry.
    const one = item.kind === 'file' ? (item.webkitGetAsEntry() ?? item.getAsFile()) : null;
    if (one !== null) found.push(one);
  }
  return readAll(found);
}

async function readAll(found: readonly (FileSystemEntry | File)[]): Promise<GivenFile[]> {
  const files: GivenFile[] = [];
  const waiting = [...found].reverse();
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (one instanceof File) files.push({ path: one.name, file: one });
    else if (isFile(one)) files.push({ path: one.fullPath.replace(/^\//, ''), file: await fileOf(one) });
    else waiting.push(...(await entriesOf(one as FileSystemDirectoryEntry)));
    if (files.length + waiting.length > MOST_FILES) throw new Error(`There are more than ${MOST_FILES} files in it.`);
  }
  return files;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, () => reject(unreadable(entry))));
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  // Browsers give a hundred at a time.
  for (;;) {
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, () => reject(unreadable(folder))),
    );
    if (more.length === 0 || entries.length > MOST_FILES) return entries;
    entries.push(...more);
  }
}

function unreadable({ fullPath }: FileSystemEntry): Error {
  return new Error(`${fullPath.replace(/^\//, '')}: cannot be read.`);
}
