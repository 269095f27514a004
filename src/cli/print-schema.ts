/** Prints the schema as schema/schema.graphql holds it. */
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from '../api/schema.ts';

process.stdout.write(`${printSchema(lexicographicSortSchema(schema))}\n`);
