/** Which fragment defers a field. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isDeferred } from './selected-fields.ts';

type Deferring = WeakMap<FieldNode, SelectionNode>;

const known = new WeakMap<OperationDefinitionNode, Deferring>();

/** The innermost fragment with @defer around the field being resolved; undefined where there is none. */
export function deferringFragment(info: GraphQLResolveInfo): SelectionNode | undefined {
  const deferring = known.get(info.operation) ?? read(info);
  return info.fieldNodes.map((node) => deferring.get(node)).find((fragment) => fragment !== undefined);
}

function read(info: Pick<GraphQLResolveInfo, 'operation' | 'fragments' | 'variableValues'>): Deferring {
  const deferring: Deferring = new WeakMap();
  const visited = new Set<FragmentDefinitionNode>();
  const enter = ({ selections }: SelectionSetNode, around: SelectionNode | undefined): void => {
    for (const node of selections) {
      if (node.kind === Kind.FIELD) {
        if (around) deferring.set(node, around);
        if (node.selectionSet) enter(node.selectionSet, around);
        continue;
      }
      const own = isDeferred(info, node) ? node : around;
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : info.fragments[node.name.value];
      if (!fragment || (fragment.kind === Kind.FRAGMENT_DEFINITION && visited.has(fragment))) continue;
      if (fragment.kind === Kind.FRAGMENT_DEFINITION) visited.add(fragment);
      enter(fragment.selectionSet, own);
    }
  };
  enter(info.operation.selectionSet, undefined);
  known.set(info.operation, deferring);
  return deferring;
}
