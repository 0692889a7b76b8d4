/**
 * Characters that change how text reads without being seen: those that turn its direction (Trojan Source, CVE-2021-42574),
 * zero-width ones, and control characters. Tabs stay.
 */
// eslint-disable-next-line no-control-regex
const unseen = /[\u0000-\u0008\u000a-\u001f\u007f\u0085\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Text with everything that hides in it made visible: `⟨U+202E⟩`, and `␍` for a carriage return. */
export function visibleText(text: string): string {
  return text.replace(unseen, (character) => (character === '\r' ? '␍' : `⟨U+${codeOf(character)}⟩`));
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}
