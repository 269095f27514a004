/** Answers in parts, by @defer and @stream: to clients that accept them as multipart/mixed or as server-sent events. */
import type { IncomingMessage } from 'node:http';
import { type DocumentNode, type ExecutionResult, execute, type GraphQLError, Kind, visit } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import { answerSizeOf, wholeOrRefused } from '../api/answer-size.ts';
import type { Context } from '../api/builder.ts';
import { finished } from './leaving.ts';
import { masked } from './masked.ts';

/** A part that comes after the first. */
interface Increment {
  readonly path?: readonly (string | number)[];
  readonly label?: string;
  readonly errors?: readonly GraphQLError[];
}
type Part = ExecutionResult & { readonly incremental?: readonly Increment[]; readonly hasNext?: boolean };

type Asker = Context & { readonly req: IncomingMessage; inParts?: boolean };

/** Who does not accept parts is answered whole, by an executor that does not know the directives. */
export function answerInParts(log: Logger): Plugin {
  return {
    onExecute: ({ args, setExecuteFn }) => {
      const context = args.contextValue as unknown as Asker;
      if (!mayComeInParts(args.document)) return undefined;
      if (acceptsParts(context.req)) context.inParts = true;
      else setExecuteFn(execute);
      return {
        onExecuteDone: ({ result, setResult }) => {
          if (isAsyncIterable(result)) setResult(new Parts(result as AsyncIterable<Part>, context, log));
        },
      };
    },
  };
}

const directives = ['defer', 'stream'];

function mayComeInParts(document: DocumentNode): boolean {
  let may = false;
  visit(document, {
    [Kind.DIRECTIVE]: ({ name }) => {
      may ||= directives.includes(name.value);
    },
  });
  return may;
}

function acceptsParts({ headers: { accept = '' } }: IncomingMessage): boolean {
  return ['multipart/mixed', 'multipart/*', 'text/event-stream', 'text/*'].some((type) => accept.includes(type));
}

/** Each part without the faults of the server, and the reason in place of the first that makes the answer too large. */
class Parts implements AsyncIterableIterator<Part, void> {
  readonly #source: AsyncIterator<Part>;
  readonly #context: Context;
  readonly #log: Logger;
  #over = false;

  constructor(source: AsyncIterable<Part>, context: Context, log: Logger) {
    this.#source = source[Symbol.asyncIterator]();
    this.#context = context;
    this.#log = log;
  }

  async next(): Promise<IteratorResult<Part, void>> {
    if (this.#over) return finished;
    const { done, value } = await this.#source.next();
    if (done) return finished;
    if (!answerSizeOf(this.#context).refusal) return { done: false, value: this.#shown(value as Part) };
    await this.return();
    return { done: false, value: this.#refused(value as Part) };
  }

  async return(): Promise<IteratorResult<Part, void>> {
    this.#over = true;
    await this.#source.return?.();
    return finished;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Yoga sees to the errors of the first part alone. */
  #shown(part: Part): Part {
    if (!part.incremental?.some(({ errors }) => errors)) return part;
    const shown = ({ errors, ...rest }: Increment) =>
      errors ? { ...rest, errors: errors.map((error) => masked(error, this.#log)) } : rest;
    return { ...part, incremental: part.incremental.map(shown) };
  }

  #refused(part: Part): Part {
    const [first] = part.incremental ?? [];
    if (!first) return { ...wholeOrRefused(part, this.#context), hasNext: false };
    const { errors } = wholeOrRefused<ExecutionResult>({}, this.#context);
    const { path, label } = first;
    return {
      incremental: [
        { data: null, ...(path && { path }), ...(label && { label }), ...(errors && { errors }) } as Increment,
      ],
      hasNext: false,
    };
  }
}
