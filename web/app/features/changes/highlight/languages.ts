import type { GrammarName } from '~/components/highlight-names.ts';

const byName: Readonly<Record<string, GrammarName>> = { makefile: 'makefile', gemfile: 'ruby', rakefile: 'ruby', '.gitconfig': 'ini' };

/** File endings of the grammars that the highlighter has. */
const endings: Readonly<Partial<Record<GrammarName, readonly string[]>>> = {
  bash: ['sh', 'bash', 'zsh'],
  c: ['c', 'h'],
  cpp: ['cc', 'cpp', 'cxx', 'hh', 'hpp'],
  csharp: ['cs'],
  css: ['css'],
  diff: ['diff', 'patch'],
  go: ['go'],
  graphql: ['graphql', 'gql'],
  ini: ['ini', 'toml', 'cfg', 'properties'],
  java: ['java'],
  javascript: ['js', 'mjs', 'cjs', 'jsx'],
  json: ['json', 'jsonc', 'webmanifest'],
  kotlin: ['kt', 'kts'],
  less: ['less'],
  lua: ['lua'],
  makefile: ['mk'],
  markdown: ['md', 'mdx', 'markdown'],
  objectivec: ['m', 'mm'],
  perl: ['pl', 'pm'],
  php: ['php'],
  python: ['py', 'pyi'],
  r: ['r'],
  ruby: ['rb', 'gemspec'],
  rust: ['rs'],
  scss: ['scss', 'sass'],
  sql: ['sql'],
  swift: ['swift'],
  typescript: ['ts', 'mts', 'cts', 'tsx'],
  vbnet: ['vb'],
  xml: ['xml', 'html', 'htm', 'svg', 'vue', 'svelte', 'xhtml'],
  yaml: ['yml', 'yaml'],
};

const byEnding = new Map(
  Object.entries(endings).flatMap(([language, list]) => list.map((ending) => [ending, language as GrammarName] as const)),
);

/** The grammar for a file by its name; null when there is none, and the text stays plain. */
export function languageOf(path: string): GrammarName | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const ending = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : '';
  return byName[name] ?? byEnding.get(ending) ?? null;
}
