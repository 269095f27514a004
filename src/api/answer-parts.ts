/** How many parts an answer is sent in beside the first, by @defer and @stream, and what each of them takes. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  getDirectiveValues,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { DeferDirective, StreamDirective } from './directives.ts';

export interface Parts {
  readonly count: number;
  /** Bytes beside what is selected. */
  readonly bytes: number;
}

/** Bytes of a part beside its path and its label: punctuation, and the headers of multipart. */
const partBytes = 250;
/** Bytes of a key of a path beside its text: quotes and a comma, or a place in a list. */
const keyBytes = 12;

/** By the nodes that select an object. */
const knownDeferring = new WeakMap<readonly FieldNode[], Parts>();

const none: Parts = { count: 0, bytes: 0 };

/** Of one value: the items of a list that is streamed, and what is deferred of each object. */
export function partsOf(value: unknown, info: GraphQLResolveInfo): Parts {
  if (typeof value !== 'object' || value === null) return none;
  const items = Array.isArray(value) ? value.length : 1;
  const streamed = Array.isArray(value) ? streaming(info) : none;
  const deferred = deferring(info);
  const count = items * (streamed.count + deferred.count);
  if (count === 0) return none;
  let path = keyBytes;
  for (let at: GraphQLResolveInfo['path'] | undefined = info.path; at; at = at.prev)
    path += keyBytes + (typeof at.key === 'string' ? at.key.length : 0);
  return { count, bytes: items * (streamed.bytes + deferred.bytes) + count * (partBytes + path) };
}

function streaming({ fieldNodes: [node], variableValues }: GraphQLResolveInfo): Parts {
  const stream = node && getDirectiveValues(StreamDirective, node, variableValues);
  return stream?.if ? { count: 1, bytes: labelBytes(stream.label) } : none;
}

function deferring(info: GraphQLResolveInfo): Parts {
  const known = knownDeferring.get(info.fieldNodes);
  if (known) return known;
  const spread = new Map<FragmentDefinitionNode, Parts>();
  const parts = sum(info.fieldNodes.map(({ selectionSet }) => deferredIn(selectionSet, info, spread)));
  knownDeferring.set(info.fieldNodes, parts);
  return parts;
}

/** As often as fragments are spread. @param spread those that were counted already */
function deferredIn(
  selectionSet: SelectionSetNode | undefined,
  info: Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'>,
  spread: Map<FragmentDefinitionNode, Parts>,
): Parts {
  const parts = (selectionSet?.selections ?? []).flatMap((node) => {
    if (node.kind === Kind.FIELD) return [];
    const defer = getDirectiveValues(DeferDirective, node, info.variableValues);
    const own = defer?.if ? { count: 1, bytes: labelBytes(defer.label) } : none;
    if (node.kind === Kind.INLINE_FRAGMENT) return [own, deferredIn(node.selectionSet, info, spread)];
    const fragment = info.fragments[node.name.value];
    if (!fragment) return [own];
    const within = spread.get(fragment) ?? deferredIn(fragment.selectionSet, info, spread);
    spread.set(fragment, within);
    return [own, within];
  });
  return sum(parts);
}

function sum(parts: readonly Parts[]): Parts {
  return parts.reduce((all, { count, bytes }) => ({ count: all.count + count, bytes: all.bytes + bytes }), none);
}

/** A character may become an escape. */
function labelBytes(label: unknown): number {
  return typeof label === 'string' ? 12 + label.length * 6 : 0;
}
