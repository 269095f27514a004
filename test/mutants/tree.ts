/** A copy of the working tree, in which sources can be changed and tests be run. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export type Verdict = 'PASSED' | 'FAILED' | 'TIMED_OUT';

/** Paths of the files that git tracks or would add, in the folder that we are in. */
export function filesOfTree(): string[] {
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', listing, { encoding: 'utf8' }).split('\0');
  return files.filter((file) => file !== '' && existsSync(file)).sort();
}

export class Tree implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'mutants-'));

  constructor(files: readonly string[]) {
    using unfinished = new DisposableStack();
    unfinished.use(this);
    for (const file of files) {
      const copy = join(this.folder, file);
      mkdirSync(dirname(copy), { recursive: true });
      cpSync(file, copy, { recursive: true, verbatimSymlinks: true });
    }
    symlinkSync(resolve('node_modules'), join(this.folder, 'node_modules'), 'dir');
    unfinished.move();
  }

  write(file: string, source: string): void {
    writeFileSync(join(this.folder, file), source);
  }

  /**
   * Runs a test file until it is through or a test fails.
   * @param limit milliseconds
   */
  async test(file: string, { limit, signal }: { limit: number; signal: AbortSignal }): Promise<Verdict> {
    return this.#run([...process.execArgv, '--test-reporter=tap', file], { limit, signal });
  }

  /** Whether the types of the whole still fit. */
  async typesFit(signal: AbortSignal): Promise<boolean> {
    const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
    return (await this.#run([compiler, '--noEmit'], { limit: 300_000, signal })) === 'PASSED';
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(args: string[], { limit, signal }: { limit: number; signal: AbortSignal }): Promise<Verdict> {
    signal.throwIfAborted();
    // A test that runs this one makes Node's runner report to it, in its own format.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn(process.execPath, args, {
      cwd: this.folder,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let verdict: Verdict | undefined;
    const end = (because: Verdict) => {
      verdict ??= because;
      endGroup(child.pid);
    };
    const timer = setTimeout(end, limit, 'TIMED_OUT');
    const stop = () => end('TIMED_OUT');
    signal.addEventListener('abort', stop);
    createInterface(child.stdout).on('line', (line) => {
      if (/^\s*not ok (?!.*# (TODO|SKIP))/.test(line)) end('FAILED');
    });
    const [status] = await once(child, 'exit');
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    end(status === 0 ? 'PASSED' : 'FAILED');
    signal.throwIfAborted();
    return verdict as Verdict;
  }
}

/** Of a process and all that it started and left. */
function endGroup(pid: number | undefined): void {
  try {
    process.kill(-(pid as number), 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
