/** Names and aliases of the grammars that `highlight.ts` has, without loading it. */
const names = new Set(
  (
    'arduino atom bash c c# c++ cc cjs console cpp cs csharp css cts cxx diff gemspec go golang gql graphql gyp h h++ hh hpp html hxx ' +
    'ini ino ipython irb java javascript js json json5 jsonc jsp jsx kotlin kt kts less lua mak make makefile markdown md mjs mk mkd ' +
    'mkdown mm mts obj-c obj-c++ objc objective-c++ objectivec patch perl php php-template pl plaintext plist pluto pm podspec py pycon ' +
    'python python-repl r rb rs rss ruby rust scss sh shell shellsession sql svg swift text thor toml ts tsx txt typescript vb vbnet ' +
    'wasm wsf xhtml xjb xml xsd xsl yaml yml zsh'
  ).split(' '),
);

/** True when there is a grammar for what a fence names: only then is the highlighter, which is large, worth loading. */
export function hasGrammar(language: string): boolean {
  return names.has(language.toLowerCase());
}
