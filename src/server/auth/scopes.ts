/** What may be asked with which scope, whatever it is asked over. */
import {
  type DocumentNode,
  GraphQLError,
  getOperationAST,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { schema } from '../../api/schema.ts';
import { type Principal, type Scope, scopes } from '../../principal.ts';

/** The scope that an operation needs, and the field for which it does. */
interface Needed {
  readonly scope: Scope;
  readonly field: string;
}

/** By document, then by the name of the operation: many ask in the same words. */
const known = new WeakMap<DocumentNode, Map<string, Needed>>();

/** @param document that is valid @returns why an operation of it may not be asked; undefined where it may */
export function scopeError(
  { scopes: given }: Principal,
  document: DocumentNode,
  operationName: string | null | undefined,
): GraphQLError | undefined {
  if (given.size === scopes.length) return undefined;
  const { scope, field } = neededBy(document, operationName);
  if (given.has(scope)) return undefined;
  const extensions = { code: 'FORBIDDEN', scope, http: { status: 403, spec: false } };
  return new GraphQLError(lacking(scope, `\`${field}\``, given), { extensions });
}

/** For people: that a scope is missing. */
export function lacking(scope: Scope, what: string, given: ReadonlySet<Scope>): string {
  const has = given.size === 0 ? 'none' : [...given].join(', ');
  return `${what} needs the scope ${scope}, which your key or token does not have; it has ${has}`;
}

function neededBy(document: DocumentNode, operationName: string | null | undefined): Needed {
  const name = operationName ?? '';
  const byName = known.get(document) ?? new Map<string, Needed>();
  known.set(document, byName);
  const needed = byName.get(name) ?? most(alone(document, operationName));
  byName.set(name, needed);
  return needed;
}

/** The operation with its fragments. */
function alone(document: DocumentNode, operationName: string | null | undefined): DocumentNode {
  const name = getOperationAST(document, operationName)?.name?.value ?? '';
  return separateOperations(document)[name] ?? document;
}

function most(document: DocumentNode): Needed {
  let needed: Needed = { scope: 'READ', field: '__typename' };
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ name: { value: field } }) {
        const { computes, further } = types.getFieldDef()?.extensions ?? {};
        // In a fragment too, which stands beside the operation.
        const mutates = types.getParentType() === schema.getMutationType();
        const scope: Scope = (computes && !further) || mutates ? 'RUN' : 'READ';
        if (scopes.indexOf(scope) > scopes.indexOf(needed.scope) || needed.field === '__typename')
          needed = { scope, field };
      },
    }),
  );
  return needed;
}
