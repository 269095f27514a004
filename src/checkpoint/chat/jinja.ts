/** What is used of the Jinja library, with its types: its own declarations name files that this resolution does not find. */
import * as library from '@huggingface/jinja';

export interface Value {
  readonly value: unknown;
}

export interface Statement {
  readonly type: string;
}

interface Environment {
  /** Of plain values and functions. */
  set(name: string, value: unknown): Value;
}

interface Interpreter {
  run(program: Program): Value;
  /** Of every statement and every expression within it. */
  evaluate(statement: Statement | undefined, environment: Environment): Value;
}

export interface Program {
  readonly body: readonly unknown[];
}

interface Jinja {
  readonly Environment: new () => Environment;
  readonly Interpreter: new (environment: Environment) => Interpreter;
  tokenize(source: string, options: { readonly trim_blocks: boolean; readonly lstrip_blocks: boolean }): unknown[];
  parse(tokens: readonly unknown[]): Program;
}

export const { Environment, Interpreter, tokenize, parse } = library as unknown as Jinja;
