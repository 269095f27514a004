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

/** What is needed of `GraphQLResolveInfo` to read any selection of its document. */
type Document = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'variableValues'>;

/** Marks a type whose values are read by a resolver of their own, which looks at what is selected of them. */
export const readApart = { readApart: true } as const;

export interface SelectedField {
  /** The object type that it is a field of. */
  readonly type: string;
  readonly name: string;
  readonly definition: GraphQLField<unknown, unknown>;
  /** As its resolver is given them. */
  readonly args: Readonly<Record<string, unknown>>;
  /** What is selected of its value. */
  fields(): SelectedField[];
}

/**
 * What is selected of the field being resolved, each key of the answer once. Of a value that may be of several types it is
 * what is selected of each of them. `__typename` is left out.
 */
export function selectedFields(info: GraphQLResolveInfo): SelectedField[] {
  return fieldsOf(info, info.returnType, info.fieldNodes);
}

/** What is selected of the nodes of the connection being resolved. */
export function selectedOfNodes(info: GraphQLResolveInfo): SelectedField[] {
  const below = (fields: readonly SelectedField[], key: string) =>
    fields.filter(({ name }) => name === key).flatMap((field) => field.fields());
  return below(below(selectedFields(info), 'edges'), 'node');
}

function fieldsOf(document: Document, type: GraphQLOutputType, nodes: readonly FieldNode[]): SelectedField[] {
  const named = getNamedType(type);
  if (isObjectType(named)) return fieldsOfObject(document, named, nodes);
  if (!isAbstractType(named)) return [];
  return document.schema.getPossibleTypes(named).flatMap((possible) => fieldsOfObject(document, possible, nodes));
}

function fieldsOfObject(document: Document, type: GraphQLObjectType, nodes: readonly FieldNode[]): SelectedField[] {
  const spread = new Set<string>();
  const selected = nodes.flatMap(({ selectionSet }) => [...nodesIn(document, type, selectionSet, spread)]);
  // A Map: keys of the answer are names that a client chooses, `__proto__` among them.
  const byKey = Map.groupBy(selected, ({ alias, name }) => (alias ?? name).value);
  return Array.from(byKey.values()).flatMap((same) => {
    // Nodes with one key have one name and the same arguments: validation sees to it.
    const [node] = same as [FieldNode];
    const field = type.getFields()[node.name.value];
    if (!field) return [];
    const args = getArgumentValues(field, node, document.variableValues);
    return {
      type: type.name,
      name: field.name,
      definition: field,
      args,
      fields: () => fieldsOf(document, field.type, same),
    };
  });
}

/** @param spread names of the fragments that were spread already: once is enough */
function* nodesIn(
  document: Document,
  type: GraphQLObjectType,
  selectionSet: SelectionSetNode | undefined,
  spread: Set<string>,
): Generator<FieldNode> {
  for (const node of selectionSet?.selections ?? []) {
    if (!isIncluded(document, node)) continue;
    if (node.kind === Kind.FIELD) yield node;
    else {
      const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : unspread(document, node.name.value, spread);
      if (fragment && appliesTo(document, fragment, type))
        yield* nodesIn(document, type, fragment.selectionSet, spread);
    }
  }
}

function unspread({ fragments }: Document, name: string, spread: Set<string>): FragmentDefinitionNode | undefined {
  if (spread.has(name)) return undefined;
  spread.add(name);
  return fragments[name];
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
