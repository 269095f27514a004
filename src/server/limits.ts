/** What a document may be and may cost. The same for HTTP and WebSocket: all of it is parsing and validation. */
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { createComplexityRule } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  type Source,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';

const maxTokens = 2000;
const maxDepth = 12;
const maxAliases = 30;
const maxDirectives = 50;
const maxComplexity = 100_000;

/** Yoga's executor keeps the values of variables in a plain object, where one of this name is lost without a word. */
const variablesRule: ValidationRule = (context) => ({
  VariableDefinition({ variable }) {
    if (variable.name.value !== '__proto__') return;
    const message = 'A variable named `$__proto__` cannot be read; give it another name';
    context.reportError(new GraphQLError(message, { nodes: variable }));
  },
});

const limitingRules = [
  variablesRule,
  maxDepthRule({ n: maxDepth, ignoreIntrospection: true }),
  maxAliasesRule({ n: maxAliases, allowList: [] }),
  maxDirectivesRule({ n: maxDirectives }),
] as ValidationRule[];

/** What is asked with a document: its cost depends on it. */
export interface Asked {
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly operationName?: string | null | undefined;
}

/** @throws GraphQLError for a syntax error or a document of too many tokens */
export function parseLimited(source: string | Source): DocumentNode {
  return parse(source, { maxTokens });
}

/**
 * @param rules GraphQL's own, and what a server adds to them
 * @returns what is wrong with a document, then, if nothing is, whether it costs too much
 */
export function validateLimited(
  schema: GraphQLSchema,
  document: DocumentNode,
  asked: Asked,
  rules: readonly ValidationRule[] = specifiedRules,
): readonly GraphQLError[] {
  const errors = validate(schema, document, [...rules, ...limitingRules]);
  return errors.length > 0 ? errors : costErrors(schema, document, asked);
}

/** Only for a valid document: the rule throws at the first argument that it cannot read, before others can explain it. */
function costErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  { variables, operationName }: Asked,
): readonly GraphQLError[] {
  const rule = createComplexityRule({
    variableValues: variables ?? {},
    operationName: operationName ?? null,
    context: {},
    maxComplexity,
  }) as ValidationRule;
  try {
    return validate(schema, document, [rule]);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}
