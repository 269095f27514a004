/** What a document may cost. The same for HTTP and WebSocket: all of it is parsing and validation. */
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { createComplexityRule } from '@pothos/plugin-complexity';
import { type DocumentNode, parse, type Source, type ValidationRule } from 'graphql';

const maxTokens = 2000;
const maxDepth = 12;
const maxAliases = 30;
const maxDirectives = 50;
const maxComplexity = 100_000;

/** @throws GraphQLError for a syntax error or a document of too many tokens */
export function parseLimited(source: string | Source): DocumentNode {
  return parse(source, { maxTokens });
}

/** Beside GraphQL's own rules. @param variableValues, operationName of the request, as complexity depends on them */
export function limitingRules(request: {
  readonly variableValues: Record<string, unknown>;
  readonly operationName: string | null | undefined;
}): ValidationRule[] {
  return [
    maxDepthRule({ n: maxDepth, ignoreIntrospection: true }),
    maxAliasesRule({ n: maxAliases, allowList: [] }),
    maxDirectivesRule({ n: maxDirectives }),
    createComplexityRule({ ...request, operationName: request.operationName ?? null, context: {}, maxComplexity }),
  ] as ValidationRule[];
}
