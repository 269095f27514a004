/** How large an answer will be, as far as it is known before anything is computed. */
import {
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNamedType,
  getNullableType,
  isLeafType,
  isListType,
} from 'graphql';
import type { ModelSpecification } from '../architecture/specification.ts';
import { fieldBytes } from './answer-size-plugin.ts';
import { isReadApart, type SelectedField, selectedFields } from './selected-fields.ts';

/** What the sizes of lists and tensors follow from. */
export interface Dimensions extends Pick<ModelSpecification, 'layerCount' | 'headCount'> {
  /** Tokens of the prompt. */
  readonly length: number;
  /** Tokens of an answer; `length` counts them too. */
  readonly answer?: number;
  /** Targets that are explained. */
  readonly targets?: number;
  /** Tokens that are followed. */
  readonly tracked?: number;
  /** Tokens of the logit lens. */
  readonly lens?: number;
  /** Positions that are told of. */
  readonly positions?: number;
  /** Tokens of the vocabulary. */
  readonly vocabularySize?: number;
  /** Numbers of a quantity of a forward pass, in a block on average. */
  readonly numbers?: (name: string) => number;
  /** Whether a part of an attribution is there with its method. */
  readonly has?: (key: string) => boolean;
}

/** Items of a list, or numbers of a tensor. */
export type Extent<Args> = (dimensions: Dimensions, args: Args) => number;

/** To be spread into the options of a field that is a list or a tensor. */
export function extent<Args extends object>(of: Extent<Args>) {
  return { extensions: { extent: of } };
}

/** Bytes of a number of a tensor: in memory, and in the forms in which it may be shown. Half of those of attention are 0. */
const tensorBytes: Readonly<Record<string, number>> = { values: 10, base64: 16 / 3 };
const heldBytes = 4;

/**
 * Bytes of what is selected of the field being resolved. What has a size that nobody knows yet is left out: a text, a list
 * without an extent beyond its first item, and whatever a resolver of its own reads.
 * @param type where the value is known to be of one type of several
 */
export function expectedSize(info: GraphQLResolveInfo, dimensions: Dimensions, type?: string): number {
  return expectedSizeOf(selectedFields(info), dimensions, type);
}

/** Bytes of what is selected of one object. @param type where it is known to be of one type of several */
export function expectedSizeOf(fields: readonly SelectedField[], dimensions: Dimensions, type?: string): number {
  return sizeOf(type === undefined ? fields : fields.filter((field) => field.type === type), dimensions);
}

/** Of an object that is one of the types that something is selected of: the largest. */
function sizeOf(fields: readonly SelectedField[], dimensions: Dimensions): number {
  const byType = Map.groupBy(fields, ({ type }) => type);
  const sizes = Array.from(byType.values(), (of) => of.reduce((sum, field) => sum + fieldSize(field, dimensions), 0));
  return Math.max(0, ...sizes);
}

function fieldSize({ name, definition, args, fields }: SelectedField, dimensions: Dimensions): number {
  const own = fieldBytes + name.length;
  const value = getNamedType(definition.type);
  if (isReadApart(value)) return own;
  const { extent: of } = definition.extensions as { extent?: Extent<object> };
  const count = of?.(dimensions, args) ?? 1;
  if (value.name === 'Tensor') {
    const forms = fields().map((form) => fieldBytes + count * (tensorBytes[form.name] ?? 0));
    // What is selected of it may be its shape alone: it is read all the same.
    return (
      own +
      Math.max(
        count * heldBytes,
        forms.reduce((sum, bytes) => sum + bytes, 0),
      )
    );
  }
  if (!isLeafType(value)) return own + count * sizeOf(fields(), dimensions);
  return isList(definition.type) ? own + count * (tensorBytes.values as number) : own;
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type));
}
