/** Jobs that workers do for this server, whose answers are not stored: put, followed, and read to their end. */
import type { Wire } from '../cluster/wire.ts';
import { TributaryError } from '../errors.ts';
import type { JobOptions } from '../jobs/engine.ts';
import { Signals } from '../runs/signals.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { AskedTasks } from './asked-tasks.ts';
import { errorOf, type Task, type TaskAnswer } from './task.ts';
import type { Waiting } from './task-counts.ts';

/** Milliseconds after which is looked at what was told of, though no note has come. */
const period = 1000;

export interface JobAnswersParts {
  readonly tasks: AskedTasks;
  readonly wire: Pick<Wire, 'listen' | 'onReconnect'>;
  readonly admit: (waiting: Waiting) => void;
  /** Told of what could not be tidied up. */
  readonly onFault: (error: unknown) => void;
}

export class JobAnswers implements Disposable {
  readonly #parts: JobAnswersParts;
  readonly #signals = new Signals();
  readonly #stops: (() => void)[];
  readonly #closing = new AbortController();

  constructor(parts: JobAnswersParts) {
    this.#parts = parts;
    const stopListening = parts.wire.listen((note) => {
      if ('task' in note) this.#signals.wake(note.task);
    });
    this.#stops = [stopListening, parts.wire.onReconnect(() => this.#signals.wakeAll())];
  }

  /** @throws TributaryError CANCELLED as soon as the signal aborts; OVER_CAPACITY; or as the job */
  async of(task: Task, options: Pick<JobOptions, 'signal' | 'onStart' | 'onStep' | 'onTook'>): Promise<unknown> {
    const { tasks, admit } = this.#parts;
    const closing = this.#closing.signal;
    const signal = options.signal ? AbortSignal.any([options.signal, closing]) : closing;
    if (signal.aborted) throw cancelled(closing.aborted);
    const put = tasks.put(task, admit);
    try {
      await unlessAborted(put, signal);
      const answer = await this.#answerOf(task.id, options, signal);
      if ('failure' in answer) throw errorOf(answer.failure);
      if (answer.took) options.onTook?.(answer.took);
      return answer.result;
    } catch (error) {
      if (!signal.aborted) throw error;
      // Also of one that is being put at this moment.
      put.then(() => tasks.withdraw(task.id)).catch(this.#parts.onFault);
      throw cancelled(closing.aborted);
    }
  }

  /** Nobody waits any more. */
  [Symbol.dispose](): void {
    this.#closing.abort();
    for (const stop of this.#stops) stop();
  }

  async #answerOf(
    id: string,
    { onStart, onStep }: Pick<JobOptions, 'onStart' | 'onStep'>,
    signal: AbortSignal,
  ): Promise<TaskAnswer> {
    const { tasks, onFault } = this.#parts;
    let known = 0;
    let begun = false;
    for (;;) {
      const changed = this.#changed(id);
      try {
        const { isThere, steps, answer } = await unlessAborted(tasks.look(id, known), signal);
        for (const step of steps) {
          if (step.type === 'step') onStep?.(step.step);
          else if (!begun) {
            begun = true;
            onStart?.();
          }
        }
        known += steps.length;
        if (answer) {
          tasks.forget(id).catch(onFault);
          return answer;
        }
        if (!isThere)
          throw new TributaryError('OVER_CAPACITY', 'What was asked for was lost on its way to a worker; ask again');
        await unlessAborted(changed.promise, signal);
      } finally {
        changed.stop();
      }
    }
  }

  /** Settles once there may be more. */
  #changed(id: string): { readonly promise: Promise<void>; readonly stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopListening = this.#signals.listen(id, resolve);
    const timer = setTimeout(resolve, period);
    return {
      promise,
      stop: () => {
        stopListening();
        clearTimeout(timer);
      },
    };
  }
}

function cancelled(closing: boolean): TributaryError {
  return new TributaryError('CANCELLED', closing ? 'The server is shutting down' : 'The run was cancelled');
}
