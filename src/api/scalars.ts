/** Types that belong to no part of the domain: times and arrays. */
import { GraphQLError } from 'graphql';
import { builder } from './builder.ts';

/** A time of the day without a zone would be another one on each machine. */
const iso8601 = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

builder.scalarType('DateTime', {
  description:
    'A moment in ISO 8601, told in UTC: `2026-01-31T12:00:00.000Z`. As an input it may be of another zone, `+01:00`; a day alone is its beginning in UTC.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = typeof value === 'string' && iso8601.test(value) ? new Date(value) : undefined;
    if (date && !Number.isNaN(date.getTime())) return date;
    throw new GraphQLError('A DateTime is a text in ISO 8601, with its zone: "2026-01-31T12:00:00.000Z"');
  },
});

export interface TensorValue {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export const Tensor = builder.objectRef<TensorValue>('Tensor').implement({
  description: 'Numbers with a shape, in row-major order.',
  fields: (t) => ({
    shape: t.intList({
      description: 'The size of each dimension, outermost first.',
      resolve: ({ shape }) => [...shape],
    }),
    values: t.floatList({
      description: 'The numbers, one after the other. For large tensors `base64` is a fraction of the size.',
      resolve: ({ values }) => Array.from(values),
    }),
    base64: t.string({
      description: 'The same numbers as little-endian float32, in base64.',
      resolve: ({ values }) => Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
    }),
  }),
});
