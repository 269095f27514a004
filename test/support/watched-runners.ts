/** For tests: runners whose sessions are counted, and that wait or end when the test says so. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a runner tells: its process id, that it is about to make a session, has made one, has released one. */
export type Told = `pid ${number}` | 'about' | 'made' | 'released';
/** What it is told before it makes a session. */
export type Ending = 'go on' | 'exit' | 'hang';

/** Runners that the process starts until it is disposed of are watched. */
export class WatchedRunners implements AsyncDisposable {
  readonly #fork = childProcess.fork;
  readonly #server = createServer((socket) => this.#follow(socket));
  readonly #open = new Map<Socket, { pid: number; sessions: number }>();
  #gone = Promise.withResolvers<void>();
  #made = 0;
  #heldAt: number | undefined;
  #held: Socket | undefined;
  #reached = Promise.withResolvers<void>();

  private constructor() {}

  static async start(): Promise<WatchedRunners> {
    const watched = new WatchedRunners();
    const path = join(tmpdir(), `tributary-runners-${process.pid}-${Math.random().toString(36).slice(2)}`);
    await new Promise<void>((resolve) => watched.#server.listen(path, resolve));
    watched.#server.unref();
    const fork = watched.#fork as (...args: unknown[]) => childProcess.ChildProcess;
    const preloaded = new URL('./watched-runner.ts', import.meta.url).href;
    const starting = (file: string, args: string[], options: childProcess.ForkOptions) =>
      fork(file, args, {
        ...options,
        execArgv: [...process.execArgv.filter((word) => !word.startsWith('--test')), '--import', preloaded],
        env: { ...options.env, WATCHED_BY: path },
      });
    childProcess.fork = starting as typeof childProcess.fork;
    syncBuiltinESMExports();
    return watched;
  }

  /** Sessions that were made so far. */
  get made(): number {
    return this.#made;
  }

  /** Sessions that are there: made, not released, and of processes that live. */
  get open(): number {
    return Array.from(this.#open.values()).reduce((sum, { sessions }) => sum + sessions, 0);
  }

  /** Of the processes that live. */
  get pids(): number[] {
    return Array.from(this.#open.values(), ({ pid }) => pid);
  }

  /** Settles when no process is left. */
  async allGone(): Promise<void> {
    while (this.#open.size > 0) {
      this.#gone = Promise.withResolvers();
      await this.#gone.promise;
    }
  }

  /** After so many further sessions the runner that is about to make one waits. @returns settles when it does */
  hold(further: number): Promise<void> {
    this.#heldAt = this.#made + further;
    this.#reached = Promise.withResolvers();
    return this.#reached.promise;
  }

  /** @param then what the runner that waits does: it exits, comes to no next block ever, or is killed */
  release(then: Ending | 'kill' = 'go on'): void {
    this.#heldAt = undefined;
    if (then !== 'kill') this.#held?.write(then);
    else if (this.#held) process.kill(this.#open.get(this.#held)?.pid ?? 0, 'SIGKILL');
    this.#held = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    childProcess.fork = this.#fork;
    syncBuiltinESMExports();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      for (const socket of this.#open.keys()) socket.destroy();
    });
  }

  #follow(socket: Socket): void {
    this.#open.set(socket, { pid: 0, sessions: 0 });
    socket.unref();
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#gone.resolve();
    });
    socket.on('error', () => undefined);
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const told of text.trim().split('\n') as Told[]) this.#hear(socket, told);
    });
  }

  #hear(socket: Socket, told: Told): void {
    if (told === 'about') {
      if (this.#heldAt !== this.#made) socket.write('go on');
      else {
        this.#held = socket;
        this.#reached.resolve();
      }
      return;
    }
    const runner = this.#open.get(socket);
    if (!runner) return;
    if (told.startsWith('pid')) runner.pid = Number(told.slice(4));
    else if (told === 'made') {
      this.#made++;
      runner.sessions++;
    } else runner.sessions--;
  }
}
