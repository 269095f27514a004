/** How many parts an answer is sent in beside the first, by @defer and @stream, and what each of them takes. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  getDirectiveValues,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { StreamDirective } from './directives.ts';
import { isDeferred } from './selected-fields.ts';

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
  const parts = { count: 0, bytes: 0 };
  for (const { selectionSet } of info.fieldNodes) addDeferred(parts, selectionSet, info, new Set());
  knownDeferring.set(info.fieldNodes, parts);
  return parts;
}

function addDeferred(
  parts: { count: number; bytes: number },
  selectionSet: SelectionSetNode | undefined,
  info: Pick<GraphQLResolveInfo, 'fragments' | 'variableValues'>,
  within: ReadonlySet<FragmentDefinitionNode>,
): void {
  for (const node of selectionSet?.selections ?? []) {
    if (node.kind === Kind.FIELD) continue;
    if (isDeferred(info, node)) {
      parts.count++;
      const label = node.directives
        ?.find(({ name }) => name.value === 'defer')
        ?.arguments?.find(({ name }) => name.value === 'label');
      parts.bytes += labelBytes(label?.value.kind === Kind.STRING ? label.value.value : undefined);
    }
    if (node.kind === Kind.INLINE_FRAGMENT) {
      addDeferred(parts, node.selectionSet, info, within);
      continue;
    }
    const fragment = info.fragments[node.name.value];
    if (fragment && !within.has(fragment))
      addDeferred(parts, fragment.selectionSet, info, new Set([...within, fragment]));
  }
}

function labelBytes(label: unknown): number {
  return typeof label === 'string' ? 12 + JSON.stringify(label).length * 3 : 0;
}
