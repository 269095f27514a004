/** Which test files run when: most side by side, those that need the machine for themselves one after the other. */

export interface Phase {
  /** For the summary. */
  readonly name: string;
  readonly files: readonly string[];
  /** Processes at a time. */
  readonly concurrency: number;
}

/** Processes at a time on any machine: on two cores one of three waits most of the time, for a browser, a server or a disk. */
const sideBySide = 3;

/** Paths of files that measure time or memory, or that load the machine with as much as it can take. */
const alone: readonly RegExp[] = [/^src\/cluster\//, /^test\/attack\//, /^test\/bench\/(plain|timing)\.test\.ts$/];

/** Each file is in one phase; a phase without files is left out. */
export function phasesOf(files: readonly string[]): readonly Phase[] {
  const isAlone = (file: string) => alone.some((pattern) => pattern.test(file.replaceAll('\\', '/')));
  return [
    { name: 'side by side', files: files.filter((file) => !isAlone(file)), concurrency: sideBySide },
    { name: 'one by one', files: files.filter(isAlone), concurrency: 1 },
  ].filter(({ files }) => files.length > 0);
}
