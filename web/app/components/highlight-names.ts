/** The grammars of the highlighter, each with its other names. `highlight.ts`, which is loaded when one is needed, loads that one. */
const otherNames = {
  arduino: 'ino',
  bash: 'sh zsh',
  c: 'h',
  cpp: 'cc c++ h++ hpp hh hxx cxx',
  csharp: 'cs c#',
  css: '',
  diff: 'patch',
  go: 'golang',
  graphql: 'gql',
  ini: 'toml',
  java: 'jsp',
  javascript: 'js jsx mjs cjs',
  json: 'jsonc json5',
  kotlin: 'kt kts',
  less: '',
  lua: 'pluto',
  makefile: 'mk mak make',
  markdown: 'md mkdown mkd',
  objectivec: 'mm objc obj-c obj-c++ objective-c++',
  perl: 'pl pm',
  php: '',
  'php-template': '',
  plaintext: 'text txt',
  python: 'py gyp ipython',
  'python-repl': 'pycon',
  r: '',
  ruby: 'rb gemspec podspec thor irb',
  rust: 'rs',
  scss: '',
  shell: 'console shellsession',
  sql: '',
  swift: '',
  typescript: 'ts tsx mts cts',
  vbnet: 'vb',
  wasm: '',
  xml: 'html xhtml rss atom xjb xsd xsl plist wsf svg',
  yaml: 'yml',
};

/** A grammar by its own name. */
export type GrammarName = keyof typeof otherNames;

const byName = new Map(
  Object.entries(otherNames).flatMap(([grammar, names]) =>
    [grammar, ...names.split(' ')].map((name) => [name, grammar as GrammarName] as const),
  ),
);

/** The grammar for what a fence names, in any case; null when there is none, and loading the highlighter would be in vain. */
export function grammarOf(language: string): GrammarName | null {
  return (language !== '' && byName.get(language.toLowerCase())) || null;
}
