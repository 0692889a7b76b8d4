import { createLowlight } from 'lowlight';
import { grammarOf, type GrammarName } from './highlight-names.ts';

/** A piece of highlighted code: text, or text with a class of highlight.js around it. */
export type CodeNode = string | { className: string; children: CodeNode[] };

/** The code's pieces in order, their texts together the code itself. */
export type Highlighter = (code: string) => CodeNode[];

type Grammar = Parameters<ReturnType<typeof createLowlight>['register']>[1];

/** One file each: a page brings the grammars of the languages that it shows and no others. */
const sources: Record<GrammarName, () => Promise<{ default: Grammar }>> = {
  arduino: () => import('highlight.js/lib/languages/arduino'),
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  go: () => import('highlight.js/lib/languages/go'),
  graphql: () => import('highlight.js/lib/languages/graphql'),
  ini: () => import('highlight.js/lib/languages/ini'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  less: () => import('highlight.js/lib/languages/less'),
  lua: () => import('highlight.js/lib/languages/lua'),
  makefile: () => import('highlight.js/lib/languages/makefile'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  objectivec: () => import('highlight.js/lib/languages/objectivec'),
  perl: () => import('highlight.js/lib/languages/perl'),
  php: () => import('highlight.js/lib/languages/php'),
  'php-template': () => import('highlight.js/lib/languages/php-template'),
  plaintext: () => import('highlight.js/lib/languages/plaintext'),
  python: () => import('highlight.js/lib/languages/python'),
  'python-repl': () => import('highlight.js/lib/languages/python-repl'),
  r: () => import('highlight.js/lib/languages/r'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  scss: () => import('highlight.js/lib/languages/scss'),
  shell: () => import('highlight.js/lib/languages/shell'),
  sql: () => import('highlight.js/lib/languages/sql'),
  swift: () => import('highlight.js/lib/languages/swift'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  vbnet: () => import('highlight.js/lib/languages/vbnet'),
  wasm: () => import('highlight.js/lib/languages/wasm'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};

/** What a grammar hands parts of a text to: JSX, scripts and styles of a page. What is not loaded stays plain there. */
const embedded: Partial<Record<GrammarName, readonly GrammarName[]>> = {
  javascript: ['xml'],
  typescript: ['xml'],
  xml: ['javascript', 'css'],
  markdown: ['xml'],
  'php-template': ['php', 'xml'],
  'python-repl': ['python'],
  shell: ['bash'],
};

const lowlight = createLowlight();

/**
 * Loads what colours a language, by any of its names; null for one without a grammar. Import this file lazily: it brings the
 * engine. Rejects when a grammar cannot be loaded.
 */
export async function highlighterOf(language: string): Promise<Highlighter | null> {
  const grammar = grammarOf(language);
  if (grammar === null) return null;
  await Promise.all([grammar, ...(embedded[grammar] ?? [])].map(register));
  return (code) => lowlight.highlight(grammar, code).children.flatMap(toNode);
}

async function register(name: GrammarName): Promise<void> {
  if (!lowlight.registered(name)) lowlight.register(name, (await sources[name]()).default);
}

type Hast = ReturnType<typeof lowlight.highlight>['children'][number];

function toNode(node: Hast): CodeNode[] {
  if (node.type === 'text') return [node.value];
  if (node.type !== 'element') return [];
  const { className } = node.properties;
  return [{ className: Array.isArray(className) ? className.join(' ') : '', children: node.children.flatMap(toNode) }];
}
