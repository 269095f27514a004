/** How a document may defer and stream, and how often. */
import {
  type DocumentNode,
  GraphQLError,
  getDirectiveValues,
  Kind,
  type SelectionSetNode,
  type ValidationRule,
  visit,
} from 'graphql';
import { DeferDirective, StreamDirective } from '../api/directives.ts';

const names = [DeferDirective.name, StreamDirective.name];

/**
 * Counts each as often as the fragments around it are spread: an executor gathers what is deferred by each of them anew,
 * and the limit on directives counts a fragment that is spread again for nothing.
 */
export function maxDeferredRule(most: number): ValidationRule {
  return (context) => {
    const spread = new Map<string, number>();
    const countIn = (selectionSet: SelectionSetNode | undefined): number => {
      let count = 0;
      for (const node of selectionSet?.selections ?? []) {
        count += node.directives?.filter(({ name }) => names.includes(name.value)).length ?? 0;
        count += node.kind === Kind.FRAGMENT_SPREAD ? countInFragment(node.name.value) : countIn(node.selectionSet);
      }
      return count;
    };
    const countInFragment = (name: string): number => {
      const known = spread.get(name);
      if (known !== undefined) return known;
      // One that spreads itself is refused by another rule.
      spread.set(name, 0);
      const count = countIn(context.getFragment(name)?.selectionSet);
      spread.set(name, count);
      return count;
    };
    return {
      OperationDefinition(operation) {
        const count = countIn(operation.selectionSet);
        if (count <= most) return;
        const message = `A document may defer and stream ${most} times, as often as its fragments are spread; this one does so ${count} times`;
        context.reportError(new GraphQLError(message, { nodes: operation }));
      },
    };
  };
}

/**
 * The executor takes a count below 0, and null, for a fault of the server.
 * @param variables the values of the operation, with their defaults
 */
export function streamErrors(document: DocumentNode, variables: Record<string, unknown>): readonly GraphQLError[] {
  const errors: GraphQLError[] = [];
  visit(document, {
    Field(node) {
      const count = getDirectiveValues(StreamDirective, node, variables)?.initialCount;
      if (count === undefined || (typeof count === 'number' && count >= 0)) return;
      const message = `\`initialCount\` of \`@stream\` is a whole number, 0 or more, not ${count}`;
      errors.push(new GraphQLError(message, { nodes: node }));
    },
  });
  return errors;
}
