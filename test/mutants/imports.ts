/** Which tests a source file belongs to. */
import { dirname, join } from 'node:path/posix';

/**
 * The tests that reach a file by their imports, its own first, then by the number of steps, then by name.
 * @param sources the text of every file, by its path; workers and scripts that are named by a path count as imported
 */
export function testsOf(file: string, sources: ReadonlyMap<string, string>): string[] {
  const importers = new Map<string, string[]>();
  for (const [importer, source] of sources)
    for (const imported of importsOf(importer, source))
      importers.set(imported, [...(importers.get(imported) ?? []), importer]);
  const own = file.replace(/\.ts$/, '.test.ts');
  const steps = new Map([[file, 0]]);
  for (const [reached, step] of steps)
    for (const importer of importers.get(reached) ?? []) if (!steps.has(importer)) steps.set(importer, step + 1);
  steps.set(own, 0);
  return [...steps]
    .filter(([test]) => test.endsWith('.test.ts') && sources.has(test))
    .sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))
    .map(([test]) => test);
}

function importsOf(importer: string, source: string): string[] {
  const withoutTypes = source.replaceAll(/^import type [^;]*;/gm, '');
  return Array.from(withoutTypes.matchAll(/['"](\.{1,2}\/[^'"\n]+\.ts)['"]/g), ([, path = '']) =>
    join(dirname(importer), path),
  );
}
