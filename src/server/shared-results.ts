/**
 * What many select alike of the same event is executed once and written once, as JSON: subscribers of one run ask with
 * the same document as a rule. Only of events of which nothing is selected that changes.
 */
import { hash } from 'node:crypto';
import { type DocumentNode, type ExecutionArgs, type ExecutionResult, print, visit } from 'graphql';
import { Lasting } from '../api/lasting.ts';
import { ByteCache } from '../byte-cache.ts';
import { accessOf } from '../runs/access.ts';
import type { Asker } from './asker.ts';
import { contextOf, executed } from './leaving.ts';
import { Payload, type Unsent } from './unsent.ts';

/** Of what is kept for those who come later, or lag behind. */
const mostBytes = 32e6;
/** For what is executed for all: it waits for nothing, so nobody needs to leave it. */
const untilDone = new AbortController().signal;

export class SharedResults {
  readonly #unsent: Unsent;
  readonly #results = new ByteCache<Payload>(mostBytes);
  readonly #underWay = new Map<string, Promise<Payload | ExecutionResult>>();

  constructor(unsent: Unsent) {
    this.#unsent = unsent;
  }

  /** What one subscription is told of each event. @param signal aborts what is executed for it alone */
  of(args: ExecutionArgs, signal: AbortSignal) {
    const asker = args.contextValue as Asker;
    // What one may read of an event another may not.
    const selection = `${JSON.stringify(accessOf(asker.principal))} ${selectionOf(args)}`;
    return (event: unknown): Payload | ExecutionResult | Promise<Payload | ExecutionResult> =>
      event instanceof Lasting
        ? this.#shared(`${selection} ${event.key}`, event, args)
        : this.#execute(event, args, signal);
  }

  /** Every event is executed here, each with a context of its own. */
  #execute(event: unknown, args: ExecutionArgs, signal: AbortSignal): ExecutionResult | Promise<ExecutionResult> {
    return executed({ ...args, rootValue: event, contextValue: contextOf(signal, args.contextValue as Asker) });
  }

  #shared(key: string, event: Lasting, args: ExecutionArgs) {
    const known = this.#results.get(key) ?? this.#underWay.get(key);
    if (known) return known;
    const result = this.#written(key, event, args).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, result);
    return result;
  }

  async #written(key: string, event: Lasting, args: ExecutionArgs): Promise<Payload | ExecutionResult> {
    const result = await this.#execute(event, args, untilDone);
    // A fault is told to each, and may pass.
    if (result.errors) return result;
    const payload = new Payload(Buffer.from(JSON.stringify(result)), this.#unsent);
    this.#results.set(key, payload, payload.bytes.length);
    return payload;
  }
}

/** The same for subscriptions that select the same: arguments of their field say which events, and not what of them. */
function selectionOf({ document, operationName, variableValues }: ExecutionArgs): string {
  const { text, variables } = wordsOf(document);
  // One that is not given is left out, and so is not the same as null.
  const given = Object.fromEntries(variables.map((name) => [name, variableValues?.[name]]));
  return hash('sha256', JSON.stringify([text, operationName, given]));
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
    // The outermost one's say which events; those of directives beside it count, as those of all fields within it.
    Field: {
      enter: (field) => (depth++ === 0 ? { ...field, arguments: [] } : undefined),
      leave: () => void depth--,
    },
    FragmentDefinition: { enter: () => void depth++, leave: () => void depth-- },
    Variable: ({ name }) => void variables.add(name.value),
  });
  const found = { text: print(document), variables: [...variables] };
  words.set(document, found);
  return found;
}
