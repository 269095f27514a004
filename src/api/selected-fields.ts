/** The fields that a document selects below a field, gathered as an executor gathers them. */
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { DeferDirective } from './directives.ts';

/** What is needed of `GraphQLResolveInfo` to read any selection of its document. */
type Document = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'variableValues'>;

/** Marks a type whose values are read by a resolver of their own, which looks at what is selected of them. */
export const readApart = { readApart: true } as const;

export interface SelectedField {
  /** The object type that it is a field of. */
  readonly type: string;
  readonly name: string;
  readonly definition: GraphQLField<unknown, unknown>;
  /** Whether it may be sent after what is around it: each node that selects it is in a fragment with @defer. */
  readonly deferred: boolean;
  /** As its resolver is given them. */
  readonly args: Readonly<Record<string, unknown>>;
  /** What is selected of its value. */
  fields(): SelectedField[];
}

/** A node that selects a field, and whether that is deferred. */
interface Selecting {
  readonly node: FieldNode;
  readonly deferred: boolean;
}

/**
 * What is selected of the field being resolved, each key of the answer once. Of a value that may be of several types it is
 * what is selected of each of them. `__typename` is left out.
 */
export function selectedFields(info: GraphQLResolveInfo): SelectedField[] {
  return fieldsOf(
    info,
    info.returnType,
    info.fieldNodes.map((node) => ({ node, deferred: false })),
  );
}

/** What is selected of the nodes of the connection being resolved. */
export function selectedOfNodes(info: GraphQLResolveInfo): SelectedField[] {
  const below = (fields: readonly SelectedField[], key: string) =>
    fields.filter(({ name }) => name === key).flatMap((field) => field.fields());
  return below(below(selectedFields(info), 'edges'), 'node');
}

function fieldsOf(document: Document, type: GraphQLOutputType, nodes: readonly Selecting[]): SelectedField[] {
  const named = getNamedType(type);
  if (isObjectType(named)) return fieldsOfObject(document, named, nodes);
  if (!isAbstractType(named)) return [];
  return document.schema.getPossibleTypes(named).flatMap((possible) => fieldsOfObject(document, possible, nodes));
}

function fieldsOfObject(document: Document, type: GraphQLObjectType, nodes: readonly Selecting[]): SelectedField[] {
  const spread: Spread = new Map();
  const selected = nodes.flatMap(({ node, deferred }) => [
    ...nodesIn(document, type, node.selectionSet, deferred, spread),
  ]);
  // A Map: keys of the answer are names that a client chooses, `__proto__` among them.
  const byKey = Map.groupBy(selected, ({ node: { alias, name } }) => (alias ?? name).value);
  return Array.from(byKey.values()).flatMap((same) => {
    // Nodes with one key have one name and the same arguments: validation sees to it.
    const [{ node }] = same as [Selecting];
    const field = type.getFields()[node.name.value];
    if (!field) return [];
    const args = getArgumentValues(field, node, document.variableValues);
    const deferred = same.every((selecting) => selecting.deferred);
    // Beside one that is not, a node that is deferred defers what it selects.
    const within = deferred ? same.map(({ node }) => ({ node, deferred: false })) : same;
    return {
      type: type.name,
      name: field.name,
      definition: field,
      deferred,
      args,
      fields: () => fieldsOf(document, field.type, within),
    };
  });
}

/** Fragments that were spread already, and whether each was deferred: once is enough of each. */
type Spread = Map<string, boolean>;

function* nodesIn(
  document: Document,
  type: GraphQLObjectType,
  selectionSet: SelectionSetNode | undefined,
  deferred: boolean,
  spread: Spread,
): Generator<Selecting> {
  for (const node of selectionSet?.selections ?? []) {
    if (!isIncluded(document, node)) continue;
    if (node.kind === Kind.FIELD) yield { node, deferred };
    else {
      const later = deferred || isDeferred(document, node);
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : unspread(document, node.name.value, later, spread);
      if (fragment && appliesTo(document, fragment, type))
        yield* nodesIn(document, type, fragment.selectionSet, later, spread);
    }
  }
}

function unspread(
  { fragments }: Document,
  name: string,
  deferred: boolean,
  spread: Spread,
): FragmentDefinitionNode | undefined {
  const before = spread.get(name);
  if (before === false || before === deferred) return undefined;
  spread.set(name, deferred);
  return fragments[name];
}

/** Whether a fragment has @defer in force. */
export function isDeferred({ variableValues }: Pick<Document, 'variableValues'>, node: SelectionNode): boolean {
  return getDirectiveValues(DeferDirective, node, variableValues)?.if === true;
}

function isIncluded({ variableValues }: Document, node: SelectionNode): boolean {
  const skipped = getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true;
  return !skipped && getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if !== false;
}

function appliesTo(
  { schema }: Document,
  { typeCondition }: FragmentDefinitionNode | InlineFragmentNode,
  type: GraphQLObjectType,
): boolean {
  if (!typeCondition || typeCondition.name.value === type.name) return true;
  const condition = schema.getType(typeCondition.name.value);
  return isAbstractType(condition) && schema.isSubType(condition, type);
}

/** Is what is selected of a value of this type for another resolver to read? */
export function isReadApart({ extensions }: GraphQLNamedType): boolean {
  return extensions.readApart === true;
}
