/**
 * Test files that share a process. Loading TypeScript and packages is most of what a file of unit tests takes; together they
 * load them once.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Files in one process, at most: the last process is not to be waited for. */
const most = 20;

/** Folders of units that start no processes of models and keep nothing that is the whole process'. */
const folders = [
  'api',
  'architecture',
  'checkpoint',
  'experiments',
  'explain',
  'explorer',
  'inference',
  'onnx',
  'server',
];

/** Of the files given, those that have a process of their own, and for the others files that import some of them each. @param folder for these */
export async function together(files: readonly string[], folder: string): Promise<readonly string[]> {
  const topOf = (file: string) => folders.find((top) => file.replaceAll('\\', '/').startsWith(`src/${top}/`));
  const groups = Map.groupBy(files, topOf);
  const apart = groups.get(undefined) ?? [];
  groups.delete(undefined);
  const written = [...groups].flatMap(([top, neighbours]) =>
    inPieces(neighbours).map(async (piece, index) => {
      const path = join(folder, `${top}-${index + 1}.test.mjs`);
      await writeFile(path, piece.map((file) => `import '${pathToFileURL(resolve(file)).href}';\n`).join(''));
      return path;
    }),
  );
  return [...(await Promise.all(written)), ...apart];
}

/** Of nearly the same length. */
function inPieces(files: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(files.length / most);
  const bound = (index: number) => Math.floor((index * files.length) / count);
  return Array.from({ length: count }, (_, index) => files.slice(bound(index), bound(index + 1)));
}
