/** For tests: a server or a worker as people start it, a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export type ProcessKind = 'server' | 'worker';

const programs = { server: 'main', worker: 'worker' } as const;

/** What it says once it is there. */
const signs = { server: /^GraphQL: (http\S+)/, worker: /^Worker (\S+) on / } as const;

export class ClusterProcess {
  readonly kind: ProcessKind;
  /** What it has said, line by line. */
  readonly said: string[] = [];
  readonly #child: ChildProcess;
  #sign = '';

  private constructor(kind: ProcessKind, child: ChildProcess) {
    this.kind = kind;
    this.#child = child;
  }

  /** @throws Error when it ends before it is there, with what it said */
  static async start(kind: ProcessKind, variables: Readonly<Record<string, string>>): Promise<ClusterProcess> {
    const { NODE_TEST_CONTEXT, ...environment } = process.env;
    void NODE_TEST_CONTEXT;
    const program = fileURLToPath(new URL(`../../src/${programs[kind]}.ts`, import.meta.url));
    const child = spawn(process.execPath, [program], {
      env: { ...environment, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new ClusterProcess(kind, child);
    const there = Promise.withResolvers<string>();
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        started.said.push(line);
        const [, sign] = signs[kind].exec(line) ?? [];
        if (sign) there.resolve(sign);
      });
    void once(child, 'close').then(() =>
      there.reject(new Error(`The ${kind} ended before it was there:\n${started.said.join('\n')}`)),
    );
    started.#sign = await there.promise;
    return started;
  }

  /** Of a server the address of its GraphQL endpoint; of a worker its id among the members when it was started. */
  get sign(): string {
    return this.#sign;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Settles when it is gone. @returns its exit code; null where it was killed */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const ended = this.alive ? once(this.#child, 'exit') : undefined;
    this.signal(signal);
    await ended;
    return this.#child.exitCode;
  }

  /** Settles once it has said a line like this, from a line on. @returns the line */
  async says(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const line = this.said.slice(from).find((one) => pattern.test(one));
      if (line !== undefined) return line;
      if (!this.alive) throw new Error(`The ${this.kind} ended without saying ${pattern}:\n${this.said.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
