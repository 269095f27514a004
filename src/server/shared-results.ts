/**
 * What many select alike of the same event is executed once and written once, as JSON: subscribers of one run ask with
 * the same document as a rule. Only of events of which nothing is selected that changes.
 */
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, execute, print, visit } from 'graphql';
import type { ServerContext } from '../api/builder.ts';
import { LastingEvent } from '../api/circulation/event-values.ts';
import { ByteCache } from '../byte-cache.ts';
import { contextOf } from './leaving.ts';
import { Payload, type Unsent } from './unsent.ts';

/** Of what is kept for those who come later. */
const mostBytes = 32e6;

/** For what is executed for all: it waits for nothing, so nobody needs to leave it. */
const untilDone = new AbortController().signal;

/** What subscriptions with the same document and variables have in common. */
interface Selection {
  readonly key: string;
  readonly id: number;
  subscriptions: number;
}

export class SharedResults {
  readonly #context: ServerContext;
  readonly #unsent: Unsent;
  readonly #selections = new Map<string, Selection>();
  readonly #results = new ByteCache<Payload>(mostBytes);
  readonly #underWay = new Map<string, Promise<Payload | ExecutionResult>>();
  #lastId = 0;

  constructor(context: ServerContext, unsent: Unsent) {
    this.#context = context;
    this.#unsent = unsent;
  }

  /** What one subscription is told; of its results those are kept that others may want, as long as there are others. */
  subscription(args: ExecutionArgs): ResultsOfOne {
    const key = keyOf(args);
    const selection = this.#selections.get(key) ?? { key, id: ++this.#lastId, subscriptions: 0 };
    this.#selections.set(key, selection);
    selection.subscriptions++;
    let left = false;
    return {
      of: (event, signal) =>
        event instanceof LastingEvent ? this.#shared(selection, event, args) : this.#execute(event, args, signal),
      leave: () => {
        if (!left) this.#leave(selection);
        left = true;
      },
    };
  }

  /** Every event is executed here, each with a context of its own. */
  #execute(event: unknown, args: ExecutionArgs, signal: AbortSignal): ExecutionResult | Promise<ExecutionResult> {
    return execute({ ...args, rootValue: event, contextValue: contextOf(signal, this.#context) });
  }

  #shared(selection: Selection, event: LastingEvent, args: ExecutionArgs) {
    const key = `${selection.id} ${event.key}`;
    const known = this.#results.get(key) ?? this.#underWay.get(key);
    if (known) return known;
    const result = this.#written(event, args)
      .then((written) => {
        if (written instanceof Payload && selection.subscriptions > 0)
          this.#results.set(key, written, written.bytes.length);
        return written;
      })
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, result);
    return result;
  }

  async #written(event: LastingEvent, args: ExecutionArgs): Promise<Payload | ExecutionResult> {
    const result = await this.#execute(event, args, untilDone);
    // A fault is told to each, and may pass.
    return result.errors ? result : new Payload(Buffer.from(JSON.stringify(result)), this.#unsent);
  }

  #leave(selection: Selection): void {
    if (--selection.subscriptions > 0) return;
    this.#selections.delete(selection.key);
    this.#results.deleteAll(`${selection.id} `);
  }
}

/** What one subscription is told. */
export interface ResultsOfOne {
  /** @param signal aborts what is executed for this subscription alone */
  of(event: unknown, signal: AbortSignal): Payload | ExecutionResult | Promise<Payload | ExecutionResult>;
  leave(): void;
}

/** The same for subscriptions that select the same: arguments of their field say which events, and not what of them. */
function keyOf({ document, operationName, variableValues }: ExecutionArgs): string {
  const { text, variables } = wordsOf(document);
  // One that is not given is left out, and so is not the same as null.
  return JSON.stringify([
    text,
    operationName,
    Object.fromEntries(variables.map((name) => [name, variableValues?.[name]])),
  ]);
}

const words = new WeakMap<DocumentNode, { readonly text: string; readonly variables: readonly string[] }>();

/** A document's text, and the variables that decide what it selects. */
function wordsOf(document: DocumentNode) {
  const known = words.get(document);
  if (known) return known;
  const variables = new Set<string>();
  let depth = 0;
  visit(document, {
    VariableDefinition: () => false,
    Argument: () => (depth === 1 ? false : undefined),
    Field: { enter: () => void depth++, leave: () => void depth-- },
    FragmentDefinition: { enter: () => void depth++, leave: () => void depth-- },
    Variable: ({ name }) => void variables.add(name.value),
  });
  const found = { text: print(document), variables: [...variables] };
  words.set(document, found);
  return found;
}
