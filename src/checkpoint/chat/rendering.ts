/**
 * Jinja templates of checkpoints, rendered as transformers renders them and within bounds: a template is a program, and where
 * it comes from is not known. It has no way out of its variables, but it may never end, or double a text for ever.
 */
import { createContext, Script } from 'node:vm';
import { Environment, Interpreter, type Program, parse, type Statement, tokenize, type Value } from './jinja.ts';
import { strftime } from './strftime.ts';

/** Jinja's own bound in the sandbox that transformers renders in. */
const longestRange = 100_000;
/** Milliseconds; what is not evaluated step by step, such as nested lists that become a text, ends by the clock alone. */
const longest = 1_000;
/** A step, such as reading a variable, costs as much as so many characters. */
const step = 64;
/** The same of an item of a list. */
const item = 8;
/** What a rendering may cost, in characters: so much, and a multiple of those of its variables. */
const work = { fixed: 1 << 26, perCharacter: 64 };

type Scope = InstanceType<typeof Environment>;

/** What a template says itself by `raise_exception`. */
export class Raised extends Error {}

/** @throws Error for a template that is no Jinja, or takes too long to be read */
export function compiled(source: string): Program {
  return inTime(() => parse(tokenize(source, { trim_blocks: true, lstrip_blocks: true })));
}

/**
 * @param variables plain values that hold `characters` characters
 * @throws Raised where the template does; Error where it cannot be rendered, or is more work than a template may be
 */
export function rendered(program: Program, variables: Readonly<Record<string, unknown>>, characters: number): string {
  return inTime(() => {
    const environment = new Environment();
    for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
    const interpreter = new BoundedInterpreter(environment, work.fixed + work.perCharacter * characters);
    return String(interpreter.run(program).value);
  });
}

/** Counts what each value costs that is made on the way, and ends before they fill the memory. */
class BoundedInterpreter extends Interpreter {
  #left: number;

  constructor(environment: Scope, work: number) {
    super(environment);
    this.#left = work;
  }

  override evaluate(statement: Statement | undefined, scope: Scope): Value {
    this.#left -= step;
    const value = super.evaluate(statement, scope);
    // A variable's value was there.
    if (statement?.type !== 'Identifier') this.#left -= sizeOf(value);
    if (this.#left < 0) throw new RangeError('it is more work than a chat template may be');
    return value;
  }
}

function sizeOf({ value }: Value): number {
  if (typeof value === 'string') return value.length;
  return Array.isArray(value) ? item * value.length : 0;
}

const globals = {
  ...{ true: true, false: false, none: null, True: true, False: false, None: null },
  range,
  strftime_now: (format: string) => strftime(new Date(), format),
  raise_exception: (message: unknown) => {
    throw new Raised(String(message));
  },
};

function range(...limits: readonly unknown[]): number[] {
  const [start = 0, stop = 0, step = 1] = limits.length === 1 ? [0, ...limits] : limits;
  if (![start, stop, step].every(Number.isInteger)) throw new TypeError('range() takes whole numbers');
  if (step === 0) throw new RangeError('range() takes no step of 0');
  const [from, to, by] = [start, stop, step] as [number, number, number];
  const length = Math.max(0, Math.ceil((to - from) / by));
  if (length > longestRange) throw new RangeError(`range() makes at most ${longestRange} numbers, not ${length}`);
  return Array.from({ length }, (_, index) => from + index * by);
}

const call = new Script('call()');
/** Made with the first template: processes that run models have none. */
let context: { call?: () => unknown } | undefined;

/** @throws Error once the time is up, from wherever the task is then */
function inTime<Result>(task: () => Result): Result {
  context ??= createContext({}) as { call?: () => unknown };
  context.call = task;
  try {
    return call.runInContext(context, { timeout: longest }) as Result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Error(`it takes longer than ${longest} milliseconds`, { cause: error });
  } finally {
    delete context.call;
  }
}
