import ts from 'typescript';

/**
 * One small change of a source file: `text.slice(start, end)` becomes `replacement`.
 *
 * @typedef {object} Change
 * @property {string} kind one of `kinds`
 * @property {string} file path of the source file, as it was given
 * @property {number} line of the first changed character, from 1
 * @property {string} inside names of the functions around it, outermost first: `Class.method`, or '' at the top of the file
 * @property {number} start
 * @property {number} end
 * @property {string} replacement
 * @property {string} before the changed lines, as they stand, on one line
 * @property {string} after the same lines after the change
 */

export const kinds = [
  'constant',
  'comparison',
  'arithmetic',
  'removed call',
  'swapped argument',
  'negated condition',
  'removed early return',
];

const K = ts.SyntaxKind;
const comparisons = new Map([
  [K.LessThanToken, '<='],
  [K.LessThanEqualsToken, '<'],
  [K.GreaterThanToken, '>='],
  [K.GreaterThanEqualsToken, '>'],
  [K.EqualsEqualsEqualsToken, '!=='],
  [K.ExclamationEqualsEqualsToken, '==='],
]);
const operators = new Map([
  [K.PlusToken, '-'],
  [K.MinusToken, '+'],
  [K.AsteriskToken, '/'],
  [K.SlashToken, '*'],
  [K.PercentToken, '*'],
  [K.AmpersandToken, '|'],
  [K.BarToken, '&'],
  [K.LessThanLessThanToken, '>>'],
  [K.GreaterThanGreaterThanToken, '<<'],
  [K.PlusEqualsToken, '-='],
  [K.MinusEqualsToken, '+='],
  [K.AsteriskEqualsToken, '/='],
  [K.SlashEqualsToken, '*='],
]);
const connectives = new Map([
  [K.AmpersandAmpersandToken, '||'],
  [K.BarBarToken, '&&'],
]);
const functions = { min: 'max', max: 'min', floor: 'ceil', ceil: 'floor', round: 'floor', trunc: 'ceil' };
const symmetric = new Set(['min', 'max', 'hypot', 'imul']);
/** Operators of autodiff whose operands may be exchanged: the result is the same to the last bit. */
const commutative = new Set(['add', 'multiply', 'maximum']);
const operatorsImported =
  /import \{[^}]*\b(?:add|multiply|maximum)\b[^}]*\} from '[^']*(?:autodiff\/operators|elementwise\.ts)'/;

/**
 * Every small change that can be made to a source file. What a program does not do is left alone: types, comments,
 * imports, and the words that people read, with the numbers among them.
 *
 * @param {string} file
 * @param {string} text
 * @returns {Change[]}
 */
export function changesOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const changes = [];
  const inside = [];

  function add(kind, start, end, replacement) {
    const from = text.lastIndexOf('\n', start - 1) + 1;
    const next = text.indexOf('\n', end);
    const to = next === -1 ? text.length : next;
    const oneLine = (words) => words.replaceAll(/\s+/g, ' ').trim();
    changes.push({
      kind,
      file,
      line: source.getLineAndCharacterOfPosition(start).line + 1,
      inside: inside.join('.'),
      start,
      end,
      replacement,
      before: oneLine(text.slice(from, to)),
      after: oneLine(text.slice(from, start) + replacement + text.slice(end, to)),
    });
  }
  const replace = (kind, node, replacement) => add(kind, node.getStart(source), node.getEnd(), replacement);

  function visit(node) {
    if (isLeftAlone(node)) return;
    const name = nameOf(node, source);
    if (name !== undefined) inside.push(name);
    if (ts.isNumericLiteral(node) && !isName(node)) {
      for (const value of otherNumbers(Number(node.text))) replace('constant', node, value);
    } else if (node.kind === K.TrueKeyword) replace('constant', node, 'false');
    else if (node.kind === K.FalseKeyword) replace('constant', node, 'true');
    else if (ts.isBinaryExpression(node)) changeOperator(node);
    else if (ts.isExpressionStatement(node)) removeCall(node);
    else if (ts.isCallExpression(node)) changeCall(node);
    else if (ts.isIfStatement(node)) {
      negate(node.expression);
      removeReturn(node);
    } else if (ts.isConditionalExpression(node)) negate(node.condition);
    ts.forEachChild(node, visit);
    if (name !== undefined) inside.pop();
  }

  function changeOperator({ operatorToken: token }) {
    const [comparison, operator, connective] = [comparisons, operators, connectives].map((map) => map.get(token.kind));
    if (comparison !== undefined) replace('comparison', token, comparison);
    if (operator !== undefined) replace('arithmetic', token, operator);
    if (connective !== undefined) replace('negated condition', token, connective);
  }

  function removeCall(node) {
    const call = ts.isAwaitExpression(node.expression) ? node.expression.expression : node.expression;
    if (ts.isCallExpression(call) && call.expression.kind !== K.SuperKeyword) replace('removed call', node, ';');
  }

  function changeCall(node) {
    const called = node.expression;
    const ofMath = ts.isPropertyAccessExpression(called) && called.expression.getText(source) === 'Math';
    const other = ofMath ? functions[called.name.text] : undefined;
    if (other !== undefined) replace('arithmetic', called.name, other);
    if (ofMath && symmetric.has(called.name.text)) return;
    if (ts.isIdentifier(called) && commutative.has(called.text) && operatorsImported.test(text)) return;
    for (let i = 0; i + 1 < node.arguments.length; i++) {
      const [one, two] = [node.arguments[i], node.arguments[i + 1]];
      const [first, second] = [one.getText(source), two.getText(source)];
      if (first === second || isLong(one) || isLong(two)) continue;
      const between = text.slice(one.getEnd(), two.getStart(source));
      add('swapped argument', one.getStart(source), two.getEnd(), second + between + first);
    }
  }

  function negate(condition) {
    if (ts.isPrefixUnaryExpression(condition) && condition.operator === K.ExclamationToken)
      replace('negated condition', condition, condition.operand.getText(source));
    else replace('negated condition', condition, `!(${condition.getText(source)})`);
  }

  function removeReturn(node) {
    if (node.elseStatement !== undefined) return;
    const body = ts.isBlock(node.thenStatement) ? node.thenStatement.statements : [node.thenStatement];
    const last = body.at(-1);
    if (last === undefined || !isLeaving(last)) return;
    replace('removed early return', body.length === 1 && !ts.isIfStatement(node.parent) ? node : last, ';');
  }

  visit(source);
  return changes;
}

/** Types, imports and messages. An error and a template of several words are texts for people. */
function isLeftAlone(node) {
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return true;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return true;
  if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText())) return true;
  if (!ts.isTemplateExpression(node)) return false;
  const words = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('0');
  return /[a-zA-Z] |[ (][a-zA-Z]/.test(words);
}

/** A number that names a property: `{ 0: … }`. */
function isName(node) {
  return ts.isPropertyAssignment(node.parent) && node.parent.name === node;
}

/** Arguments whose swap the compiler would refuse anyway. */
function isLong(node) {
  return ts.isFunctionLike(node) || ts.isObjectLiteralExpression(node) || ts.isSpreadElement(node);
}

function isLeaving(node) {
  return (
    ts.isReturnStatement(node) || ts.isContinueStatement(node) || ts.isBreakStatement(node) || ts.isThrowStatement(node)
  );
}

/** Neighbours of a whole number; a fraction becomes a tenth larger, a tiny one (a tolerance) a hundred times. */
function otherNumbers(value) {
  if (Number.isInteger(value)) return value > 0 ? [value + 1, value - 1].map(String) : ['1'];
  return [String(Number((value * (Math.abs(value) < 1e-3 ? 100 : 1.1)).toPrecision(12)))];
}

/** What a function, method, class or a constant that holds a function is called. */
function nameOf(node, source) {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  const named = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isMethodDeclaration(node);
  if (named || ts.isGetAccessor(node) || ts.isSetAccessor(node)) return node.name?.getText(source);
  const holds = ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isPropertyAssignment(node);
  if (holds && node.initializer !== undefined && ts.isFunctionLike(node.initializer)) return node.name.getText(source);
  return undefined;
}
