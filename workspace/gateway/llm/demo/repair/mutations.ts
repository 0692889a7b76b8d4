import { scan, type Token } from './scan.ts';

/** One small edit of a file: the characters from `start` to `end` become `replacement`. `cost`: 0 is the likeliest kind of slip. */
export interface Mutation {
  path: string;
  start: number;
  end: number;
  replacement: string;
  /** 1-based. */
  line: number;
  cost: number;
  what: string;
}

/** A value that the failing test saw where it wanted another one. */
export interface ExpectedValue {
  actual: string;
  expected: string;
}

const swaps: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  '+': [
    ['-', 0],
    ['*', 2],
  ],
  '-': [
    ['+', 0],
    ['*', 3],
  ],
  '*': [
    ['/', 1],
    ['+', 1],
    ['**', 3],
  ],
  '/': [
    ['*', 1],
    ['%', 3],
  ],
  '%': [
    ['/', 2],
    ['*', 3],
  ],
  '<': [
    ['<=', 0],
    ['>', 1],
    ['>=', 2],
  ],
  '<=': [
    ['<', 0],
    ['>=', 1],
    ['>', 2],
  ],
  '>': [
    ['>=', 0],
    ['<', 1],
    ['<=', 2],
  ],
  '>=': [
    ['>', 0],
    ['<=', 1],
    ['<', 2],
  ],
  '===': [['!==', 0]],
  '!==': [['===', 0]],
  '==': [['!=', 0]],
  '!=': [['==', 0]],
  '&&': [
    ['||', 0],
    ['??', 3],
  ],
  '||': [
    ['&&', 0],
    ['??', 1],
  ],
  '??': [['||', 2]],
  '+=': [
    ['-=', 0],
    ['=', 2],
    ['*=', 2],
  ],
  '-=': [
    ['+=', 0],
    ['=', 2],
  ],
  '++': [['--', 1]],
  '--': [['++', 1]],
  '?': [],
};

const wordSwaps: readonly (readonly [string, string])[] = [
  ['true', 'false'],
  ['True', 'False'],
  ['and', 'or'],
  ['min', 'max'],
  ['floor', 'ceil'],
  ['floor', 'round'],
  ['ceil', 'round'],
  ['push', 'unshift'],
  ['pop', 'shift'],
  ['some', 'every'],
  ['any', 'all'],
  ['find', 'findLast'],
  ['indexOf', 'lastIndexOf'],
  ['startsWith', 'endsWith'],
  ['toUpperCase', 'toLowerCase'],
  ['upper', 'lower'],
  ['trimStart', 'trimEnd'],
  ['trimStart', 'trim'],
  ['trimEnd', 'trim'],
  ['replace', 'replaceAll'],
  ['keys', 'values'],
  ['padStart', 'padEnd'],
  ['first', 'last'],
  ['asc', 'desc'],
];

/** Every single-token edit of a source that people are known to get wrong, cheapest kinds first. Pure. */
export function mutationsOf(path: string, source: string, expectations: readonly ExpectedValue[] = []): Mutation[] {
  const tokens = scan(source, path);
  const lineOf = lineIndex(source);
  const mutations: Mutation[] = [];
  const add = (from: Token, to: Token, replacement: string, cost: number, what: string) =>
    mutations.push({ path, start: from.start, end: to.end, replacement, line: lineOf(from.start), cost, what });
  tokens.forEach((token, index) => {
    const previous = tokens[index - 1];
    for (const { actual, expected } of expectations) {
      const replacement = expectedLiteral(token, actual, expected);
      if (replacement !== null) add(token, token, replacement, -1, `${token.text} is what the test saw; it wanted ${replacement}`);
    }
    if (token.kind === 'operator') {
      for (const [other, cost] of swaps[token.text] ?? []) {
        if (isBinary(token, previous)) add(token, token, other, cost, `\`${token.text}\` becomes \`${other}\``);
      }
      if (token.text === '!' && tokens[index + 1]) add(token, token, '', 1, 'the negation goes');
      return;
    }
    if (token.kind === 'number') return numbers(token, add);
    if (token.kind !== 'word') return;
    for (const [a, b] of wordSwaps) {
      if (token.text === a) add(token, token, b, 1, `\`${a}\` becomes \`${b}\``);
      if (token.text === b) add(token, token, a, 1, `\`${b}\` becomes \`${a}\``);
    }
    if (token.text === 'length' && previous?.text === '.') lengths(tokens, index, add);
  });
  swappedOperands(tokens, source, add);
  return mutations.sort((a, b) => a.cost - b.cost);
}

type Add = (from: Token, to: Token, replacement: string, cost: number, what: string) => void;

function isBinary(token: Token, previous: Token | undefined): boolean {
  if (!['+', '-', '*', '/', '<', '>'].includes(token.text)) return true;
  return previous !== undefined && (previous.kind !== 'operator' || [')', ']', '}'].includes(previous.text)) && previous.text !== 'return';
}

function numbers(token: Token, add: Add): void {
  const value = Number(token.text);
  if (!Number.isSafeInteger(value)) return;
  const others = new Set([value + 1, value - 1, value === 0 ? 1 : 0, value * 10, value / 10, value * 100]);
  for (const other of others) {
    if (!Number.isInteger(other) || other < 0 || other === value) continue;
    add(token, token, String(other), Math.abs(other - value) === 1 ? 2 : 3, `\`${token.text}\` becomes \`${other}\``);
  }
}

function lengths(tokens: readonly Token[], index: number, add: Add): void {
  const [token, minus, one] = tokens.slice(index, index + 3);
  if (!token) return;
  if (minus?.text === '-' && one?.text === '1') add(token, one, 'length', 1, '`length - 1` becomes `length`');
  else add(token, token, 'length - 1', 2, '`length` becomes `length - 1`');
}

/** `f(a, b)` -> `f(b, a)`, and `a - b` -> `b - a` for plain operands. */
function swappedOperands(tokens: readonly Token[], source: string, add: Add): void {
  for (let index = 0; index + 2 < tokens.length; index += 1) {
    const [left, middle, right] = [tokens[index], tokens[index + 1], tokens[index + 2]];
    if (!left || !middle || !right || !isOperand(left) || !isOperand(right) || left.text === right.text) continue;
    const before = tokens[index - 1]?.text;
    const after = tokens[index + 3]?.text;
    const swapped = right.text + source.slice(left.end, right.start) + left.text;
    if (middle.text === ',' && before === '(' && after === ')' && tokens[index + 4]?.text !== '{' && tokens[index + 4]?.text !== '=>') {
      add(left, right, swapped, 2, `the arguments \`${left.text}\` and \`${right.text}\` change places`);
    }
    if (['-', '/', '%'].includes(middle.text) && before !== '.' && after !== '.' && after !== '(') {
      add(left, right, swapped, 1, `\`${left.text}\` and \`${right.text}\` change places`);
    }
  }
}

function isOperand(token: Token): boolean {
  return token.kind === 'word' || token.kind === 'number' || token.kind === 'string';
}

/** A literal of the source that equals what the test saw, as the literal that it wanted. */
function expectedLiteral(token: Token, actual: string, expected: string): string | null {
  if (actual === expected) return null;
  if (token.kind === 'number') return token.text === actual && /^\d+(\.\d+)?$/.test(expected) ? expected : null;
  if (token.kind !== 'string') return null;
  const delimiter = token.text[0] ?? '"';
  const inner = token.text.slice(1, -1);
  const [saw, wanted] = [unquote(actual), unquote(expected)];
  if (inner === '' || saw === null || wanted === null || wanted.includes(delimiter) || wanted.includes('\\')) return null;
  if (inner === saw) return delimiter + wanted + delimiter;
  // The literal may be a part of the value: replace the part that differs.
  const at = saw.indexOf(inner);
  if (at < 0 || inner.length < 2) return null;
  const [head, tail] = [saw.slice(0, at), saw.slice(at + inner.length)];
  if (!wanted.startsWith(head) || !wanted.endsWith(tail) || wanted.length < head.length + tail.length) return null;
  return delimiter + wanted.slice(head.length, wanted.length - tail.length) + delimiter;
}

function unquote(value: string): string | null {
  return /^(['"`]).*\1$/s.test(value) ? value.slice(1, -1) : null;
}

function lineIndex(source: string): (offset: number) => number {
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let line = starts.findLastIndex((start) => start <= offset);
    if (line < 0) line = 0;
    return line + 1;
  };
}
