/** Prints the schema as schema/schema.graphql holds it. */
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './schema.ts';

process.stdout.write(`${printSchema(lexicographicSortSchema(schema))}\n`);
