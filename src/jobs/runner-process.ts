/** The server's side of one runner: a child process, and the orders that it has. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TributaryError } from '../errors.ts';
import { givenBack } from '../inference/activations.ts';
import type { Speed } from '../inference/speed.ts';
import type { Order, Report, Said } from './messages.ts';

const script = fileURLToPath(new URL('./runner-main.ts', import.meta.url));

/**
 * glibc only. Freed tensors stay with malloc and the next pass takes them from there: given back to the system one by one
 * they would cost a pass up to a third of its time in page faults. The process gives all of it back by ending. Right for
 * lean and for packed weights: what lean ones are converted to comes and goes in pieces of one size.
 *
 * An aligned tensor is cut out of a piece some bytes larger. With malloc's caches of small pieces the bytes cut off stay
 * taken when it is freed, and the next tensor of the same size does not fit where this one was: patterns of long prompts
 * took up to nine times their size. Without them a pass takes the same time.
 */
export const keepMemory = {
  MALLOC_MMAP_THRESHOLD_: String(givenBack),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
  MALLOC_TOP_PAD_: String(2 ** 26),
  GLIBC_TUNABLES: 'glibc.malloc.tcache_count=0',
};

type Last = Extract<Said, { readonly type: 'done' | 'failed' | 'measured' }>;
type OnTheWay = Exclude<Said, Last>;

interface UnderWay {
  readonly hear: (said: OnTheWay) => void;
  readonly answer: PromiseWithResolvers<Last>;
}

export class RunnerProcess {
  /** Absent where it could not even be tried to start it. */
  readonly #child: ChildProcess | undefined;
  /** Settles when the process is gone. */
  readonly gone: Promise<void>;
  /** By the number of the order. */
  readonly #underWay = new Map<number, UnderWay>();
  /** Why it takes no order any more. */
  #ended: TributaryError | undefined;
  #leaving = false;

  /** @param threads that onnxruntime uses in it */
  constructor(threads: number) {
    const gone = Promise.withResolvers<void>();
    this.gone = gone.promise;
    const over = (why: TributaryError) => {
      this.#ended = why;
      for (const { answer } of this.#underWay.values()) answer.reject(why);
      this.#underWay.clear();
      gone.resolve();
    };
    try {
      this.#child = start(threads);
    } catch (error) {
      over(notStarted(error as NodeJS.ErrnoException));
      return;
    }
    this.#child.on('message', (report: Report) => this.#hear(report));
    this.#child.on('exit', (code, signal) => over(died(signal ?? `exit code ${code}`)));
    this.#child.on('error', (error) => over(notStarted(error)));
    this.#idle();
  }

  /**
   * @param order of a number of its own
   * @param hear told of what comes before the last report
   * @throws TributaryError OVER_CAPACITY when the process could not be started, or is gone before it has answered
   */
  async order(order: Exclude<Order, { type: 'gate' }>, hear: (said: OnTheWay) => void): Promise<Last> {
    if (this.#ended) throw this.#ended;
    const answer = Promise.withResolvers<Last>();
    this.#underWay.set(order.order, { hear, answer });
    // Only a process that has something to do keeps the server's alive.
    this.#child?.ref();
    this.#child?.channel?.ref();
    this.tell(order);
    try {
      return await answer.promise;
    } finally {
      this.#underWay.delete(order.order);
      this.#idle();
    }
  }

  async measure(): Promise<Speed> {
    const report = await this.order({ order: 0, type: 'measure' }, () => undefined);
    if (report.type !== 'measured') throw new Error(`A measurement ended with ${report.type}`);
    return report.speed;
  }

  tell(order: Order): void {
    // A process that has just died does not take it: its end is told by `exit`. One for which there was no file left to
    // talk through has no `send`: that is told by `error`.
    this.#child?.send?.(order, () => undefined);
  }

  /** Ends it in the middle of whatever it does: it holds nothing that would be lost. Settles when it is gone. */
  async end(): Promise<void> {
    this.#leaving = true;
    this.#child?.ref();
    this.#child?.kill('SIGKILL');
    await this.gone;
  }

  #hear(report: Report): void {
    const { hear, answer } = this.#underWay.get(report.order) ?? {};
    if (report.type === 'done' || report.type === 'failed' || report.type === 'measured') answer?.resolve(report);
    else hear?.(report);
  }

  #idle(): void {
    // Whoever ends it waits until it is gone.
    if (this.#leaving || this.#underWay.size > 0) return;
    this.#child?.unref();
    this.#child?.channel?.unref();
  }
}

/** @throws Error where the system refuses at once */
function start(threads: number): ChildProcess {
  return fork(script, [String(threads)], {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    // Not watched: it would tell of its files in the place of reports. Each is debugged on a port of its own.
    env: { ...keepMemory, ...process.env, WATCH_REPORT_DEPENDENCIES: undefined },
    // What the slices of long prompts leave is given back at once; see `slices.ts`.
    execArgv: [...process.execArgv.map((word) => (word.startsWith('--inspect') ? '--inspect=0' : word)), '--expose-gc'],
  });
}

function notStarted(error: NodeJS.ErrnoException): TributaryError {
  return new TributaryError(
    'OVER_CAPACITY',
    `A process for the model could not be started (${error.code}). Ask again when less runs on this machine`,
    {},
    { cause: error },
  );
}

function died(what: string): TributaryError {
  const why = what === 'SIGKILL' ? '; most often that is the system, short of memory' : '';
  return new TributaryError(
    'OVER_CAPACITY',
    `The process that ran the model has ended (${what})${why}. Ask again, or for less: a shorter prompt, fewer fields, a smaller model`,
  );
}
