/** Types that belong to no part of the domain: times and arrays. */
import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description: 'A moment in ISO 8601, UTC: `2026-01-31T12:00:00.000Z`.',
  serialize: (value) => value.toISOString(),
  parseValue: (value) => {
    const date = new Date(String(value));
    if (Number.isNaN(date.getTime()))
      throw new TypeError('A DateTime is written in ISO 8601, e.g. 2026-01-31T12:00:00.000Z');
    return date;
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
