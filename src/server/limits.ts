/** What a document may be and may cost. The same for HTTP and WebSocket: all of it is parsing and validation. */
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { createComplexityRule } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  isIntrospectionType,
  parse,
  type Source,
  specifiedRules,
  type ValidationRule,
  validate,
  visit,
} from 'graphql';
import { lengthOf } from '../api/builder.ts';
import type { RefusalCode } from '../errors.ts';
import type { Limits } from '../settings.ts';
import { maxDeferredRule, streamErrors } from './deferred-rule.ts';

/** Of the values of variables: there could be one for each of a hundred thousand numbers. */
const maxErrors = 20;

/** Yoga's executor keeps the values of variables in a plain object, where one of this name is lost without a word. */
const variablesRule: ValidationRule = (context) => ({
  VariableDefinition({ variable }) {
    if (variable.name.value !== '__proto__') return;
    const message = 'A variable named `$__proto__` cannot be read; give it another name';
    context.reportError(new GraphQLError(message, { nodes: variable }));
  },
});

/** Introspection is resolved by the executor itself, and has neither depth nor cost by the other rules. */
function introspectionRule(most: number): ValidationRule {
  return (context) => {
    let count = 0;
    return {
      Field(node) {
        const parent = context.getParentType();
        const again = node.alias && parent && isIntrospectionType(parent);
        if (!again && !['__schema', '__type'].includes(node.name.value)) return;
        if (++count !== most + 1) return;
        const message = `A document may introspect the schema ${most} times, aliases within it included`;
        context.reportError(new GraphQLError(message, { nodes: node }));
      },
    };
  };
}

/** What is asked with a document: its cost depends on it. */
export interface Asked {
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly operationName?: string | null | undefined;
}

/** Reads documents, under the limits. */
export class Documents {
  readonly #limits: Limits['documents'];
  readonly #rules: readonly ValidationRule[];

  constructor(limits: Limits['documents']) {
    this.#limits = limits;
    this.#rules = [
      variablesRule,
      introspectionRule(limits.introspections),
      maxDepthRule({ n: limits.depth, ignoreIntrospection: true }),
      maxAliasesRule({ n: limits.aliases, allowList: [] }),
      maxDirectivesRule({ n: limits.directives }),
      maxDeferredRule(limits.deferred),
    ] as ValidationRule[];
  }

  /** @throws GraphQLError for a syntax error or a document of too many tokens */
  parse(source: string | Source): DocumentNode {
    try {
      return parse(source, { maxTokens: this.#limits.tokens });
    } catch (error) {
      if (error instanceof GraphQLError) throw withCode(error, 'GRAPHQL_PARSE_FAILED');
      throw error;
    }
  }

  /**
   * @param rules GraphQL's own, and what a server adds to them
   * @returns what is wrong with a document, then, if nothing is, whether it costs too much
   */
  validate(
    schema: GraphQLSchema,
    document: DocumentNode,
    asked: Asked,
    rules: readonly ValidationRule[] = specifiedRules,
  ): readonly GraphQLError[] {
    const errors = errorsBy([...rules, ...this.#rules], schema, document);
    const all = errors.length > 0 ? errors : costErrors(schema, document, asked, this.#limits);
    return all.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'));
  }
}

/** Some rules throw what they find instead of reporting it. */
function errorsBy(
  rules: readonly ValidationRule[],
  schema: GraphQLSchema,
  document: DocumentNode,
): readonly GraphQLError[] {
  try {
    return validate(schema, document, rules);
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/** The same over every transport; one that has a code keeps it. */
function withCode(error: GraphQLError, code: RefusalCode): GraphQLError {
  error.extensions.code ??= code;
  return error;
}

/** What is wrong with the values of variables, where they are used too, and whether reading them takes long. */
function variableErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  { variables, operationName }: Asked,
  most: number,
): readonly GraphQLError[] {
  const uses = new Map<string, number>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name: { value } }) => void uses.set(value, (uses.get(value) ?? 0) + 1),
  });
  const used = Object.entries(variables ?? {}).reduce(
    (sum, [name, value]) => sum + (uses.get(name) ?? 0) * lengthOf(value),
    0,
  );
  if (used > most) {
    const message = `The values of the variables have ${used} characters and numbers, counted as often as they are used; at most ${most} are read`;
    return [new GraphQLError(message)];
  }
  const operation = getOperationAST(document, operationName);
  if (!operation) return [operationNotFound()];
  const definitions = operation.variableDefinitions ?? [];
  const { coerced, errors } = getVariableValues(schema, definitions, variables ?? {}, { maxErrors });
  return errors ?? streamErrors(document, coerced);
}

function operationNotFound(): GraphQLError {
  const message = 'A document has several operations, or none of this name: `operationName` has to name one of them';
  return withCode(new GraphQLError(message), 'OPERATION_RESOLUTION_FAILURE');
}

/** Only for a valid document: the rule throws at the first argument that it cannot read, before others can explain it. */
function costErrors(
  schema: GraphQLSchema,
  document: DocumentNode,
  { variables, operationName }: Asked,
  limits: Limits['documents'],
): readonly GraphQLError[] {
  const errors = variableErrors(schema, document, { variables, operationName }, limits.variables);
  if (errors.length > 0) return errors;
  const rule = createComplexityRule({
    variableValues: variables ?? {},
    operationName: operationName ?? null,
    context: {},
    maxComplexity: limits.cost,
  }) as ValidationRule;
  return errorsBy([rule], schema, document);
}
