/** Counts what each resolved value adds to its answer. */
import SchemaBuilder, { BasePlugin, isThenable, type SchemaTypes } from '@pothos/core';
import {
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  getNamedType,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { partsOf } from './answer-parts.ts';
import { type AnswerLimit, type AnswerSize, answerSizeOf } from './answer-size.ts';

declare global {
  namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      answerSize: AnswerSizePlugin<Types>;
    }
  }
}

/** Bytes of a field beside its key and its text: punctuation, and the longest number, date or pair of brackets. */
export const fieldBytes = 32;
/** Of a number in a list, the comma included; 0 has two. */
const numberBytes = 25;
/** Of null, true or false in a list. */
const wordBytes = 6;
/** Brackets and comma of an object in a list, quotes and comma of a text. */
const itemBytes = 3;

export class AnswerSizePlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override wrapResolve(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    return (parent, args, context, info) => {
      const size = answerSizeOf(context as AnswerLimit);
      const { inParts } = context as AnswerLimit;
      try {
        size.requireWithin();
        const value = resolve(parent, args, context, info);
        return isThenable(value)
          ? value.then((made) => counted(made, size, info, inParts))
          : counted(value, size, info, inParts);
      } catch (error) {
        // Not at once: where an item of a list fails at once, an executor forgets the fields of other items that it waits
        // for, and one of them that fails too is a rejection that nobody handles, which ends the process.
        return Promise.reject(error);
      }
    };
  }
}

SchemaBuilder.registerPlugin('answerSize', AnswerSizePlugin);

function counted(value: unknown, size: AnswerSize, info: GraphQLResolveInfo, inParts: boolean | undefined): unknown {
  if (inParts) size.addParts(partsOf(value, info));
  size.add(fieldBytes + (info.path.key as string).length + bytesOf(value, info));
  return value;
}

/** What a value has beside `fieldBytes`. */
function bytesOf(value: unknown, info: GraphQLResolveInfo): number {
  if (typeof value === 'string') return bytesOfText(value);
  if (typeof value !== 'object' || value === null) return 0;
  if (!Array.isArray(value)) return typenameBytes(info);
  let bytes = 0;
  for (const item of value) {
    if (typeof item === 'number') bytes += item === 0 ? 2 : numberBytes;
    else if (typeof item === 'string') bytes += itemBytes + bytesOfText(item);
    else if (typeof item === 'object' && item !== null) bytes += itemBytes + typenameBytes(info);
    else bytes += wordBytes;
  }
  return bytes;
}

/** Texts without them take a byte a character. */
const unusual = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
/** What JSON writes as an escape, of six bytes at the most. */
const escaped = /["\\\p{Cc}\p{Cs}]/gu;

function bytesOfText(text: string): number {
  if (!unusual.test(text)) return text.length;
  return Buffer.byteLength(text) + 5 * (text.match(escaped)?.length ?? 0);
}

/** By the nodes that select an object. */
const knownTypenameBytes = new WeakMap<readonly FieldNode[], number>();

/** Of the selected `__typename`s of one object: those are resolved by the executor itself. */
function typenameBytes(info: GraphQLResolveInfo): number {
  const { fieldNodes } = info;
  let bytes = knownTypenameBytes.get(fieldNodes);
  if (bytes === undefined) {
    const type = getNamedType(info.returnType);
    const types = isAbstractType(type) ? info.schema.getPossibleTypes(type) : [type];
    const longest = Math.max(...types.map(({ name }) => name.length));
    const keys = new Set<string>();
    for (const { selectionSet } of fieldNodes) addTypenameKeys(keys, selectionSet, info, new Set());
    bytes = Array.from(keys).reduce((sum, key) => sum + key.length + longest + '"":"",'.length, 0);
    knownTypenameBytes.set(fieldNodes, bytes);
  }
  return bytes;
}

function addTypenameKeys(
  keys: Set<string>,
  selectionSet: SelectionSetNode | undefined,
  { fragments }: Pick<GraphQLResolveInfo, 'fragments'>,
  spread: Set<string>,
): void {
  for (const node of selectionSet?.selections ?? []) {
    if (node.kind === Kind.FIELD) {
      if (node.name.value === '__typename') keys.add((node.alias ?? node.name).value);
    } else if (node.kind === Kind.INLINE_FRAGMENT) addTypenameKeys(keys, node.selectionSet, { fragments }, spread);
    else if (!spread.has(node.name.value)) {
      spread.add(node.name.value);
      addTypenameKeys(keys, fragments[node.name.value]?.selectionSet, { fragments }, spread);
    }
  }
}
