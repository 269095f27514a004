/** Small faults that can be put into a source file, one at a time. */
import { parse } from '@babel/parser';
import { type AssignmentExpression, type BinaryExpression, type Node, VISITOR_KEYS } from '@babel/types';

/** The characters from `start` to `end` become `replacement`. */
export interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** From 1. */
  readonly line: number;
}

const operators = new Map<string, readonly string[]>(
  Object.entries({
    ...{ '<': ['<=', '>='], '<=': ['<', '>'], '>': ['>=', '<='], '>=': ['>', '<'] },
    ...{ '===': ['!=='], '!==': ['==='], '==': ['!='], '!=': ['=='] },
    ...{ '+': ['-'], '-': ['+'], '*': ['/'], '/': ['*'], '%': ['*'], '<<': ['>>'], '>>': ['<<'] },
    ...{ '+=': ['-='], '-=': ['+='], '*=': ['/='], '/=': ['*='] },
  }),
);
const methods = new Map(Object.entries({ some: 'every', every: 'some', min: 'max', max: 'min' }));

/** Every mutation of a TypeScript source, from its beginning to its end; types are left alone. */
export function mutationsOf(source: string): Mutation[] {
  const { program } = parse(source, {
    sourceType: 'module',
    plugins: ['typescript'],
    createParenthesizedExpressions: true,
  });
  const mutations = new Map<string, Mutation>();
  const visit = (node: Node) => {
    const asExpression = node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression';
    if (asExpression || node.type === 'TSNonNullExpression') return visit(node.expression);
    if (node.type.startsWith('TS') || node.type === 'ImportDeclaration') return;
    for (const { start, end, replacement } of changesOf(node, source)) {
      const line = (node.loc?.start.line ?? 0) + source.slice(node.start as number, start).split('\n').length - 1;
      mutations.set(`${start} ${end} ${replacement}`, { start, end, replacement, line });
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(program);
  return [...mutations.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

export function mutate(source: string, { start, end, replacement }: Mutation): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

type Change = Omit<Mutation, 'line'>;

function changesOf(node: Node, source: string): Change[] {
  const change = ({ start, end }: Node, replacement: string): Change => ({
    start: start as number,
    end: end as number,
    replacement,
  });
  const text = ({ start, end }: Node) => source.slice(start as number, end as number);
  const negated = (condition: Node) => change(condition, `!(${text(condition)})`);
  switch (node.type) {
    case 'BinaryExpression':
      if (node.operator === '+' && (isText(node.left) || isText(node.right))) return [];
      return operatorChanges(node, source);
    case 'AssignmentExpression':
      return operatorChanges(node, source);
    case 'LogicalExpression':
      return [change(node, text(node.left)), ...(node.operator === '??' ? [] : [change(node, text(node.right))])];
    case 'IfStatement':
    case 'ConditionalExpression':
    case 'WhileStatement':
      return [negated(node.test)];
    case 'ExpressionStatement':
      return [change(node, ';')];
    case 'BlockStatement':
      // One that holds a single expression is emptied when that is removed.
      return node.body.every(({ type }) => type === 'ExpressionStatement') && node.body.length < 2
        ? []
        : [change(node, '{}')];
    case 'AwaitExpression':
      return [change(node, text(node.argument))];
    case 'BooleanLiteral':
      return [change(node, String(!node.value))];
    case 'NumericLiteral':
      return node.value === 0 || node.value === 1 ? [change(node, String(1 - node.value))] : [];
    case 'MemberExpression':
    case 'OptionalMemberExpression': {
      const { property } = node;
      const other = property.type === 'Identifier' && !node.computed ? methods.get(property.name) : undefined;
      return other === undefined ? [] : [change(property, other)];
    }
    default:
      return [];
  }
}

/** The operator stands between its operands. */
function operatorChanges(node: BinaryExpression | AssignmentExpression, source: string): Change[] {
  const start = source.indexOf(node.operator, node.left.end as number);
  const end = start + node.operator.length;
  return (operators.get(node.operator) ?? []).map((replacement) => ({ start, end, replacement }));
}

function isText(node: Node): boolean {
  if (node.type === 'BinaryExpression') return node.operator === '+' && (isText(node.left) || isText(node.right));
  return node.type === 'StringLiteral' || node.type === 'TemplateLiteral';
}

function childrenOf(node: Node): Node[] {
  return (VISITOR_KEYS[node.type] ?? [])
    .flatMap((key) => (node as unknown as Record<string, Node | null | readonly (Node | null)[]>)[key] ?? [])
    .filter((child) => child !== null);
}
