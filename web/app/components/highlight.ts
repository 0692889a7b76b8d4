import { common, createLowlight } from 'lowlight';

/** A piece of highlighted code: text, or text with a class of highlight.js around it. */
export type CodeNode = string | { className: string; children: CodeNode[] };

const lowlight = createLowlight(common);

/** The code's pieces in order, their texts together the code itself; null for a language that is not known. Load it lazily: it is large. */
export function highlight(code: string, language: string): CodeNode[] | null {
  if (!lowlight.registered(language)) return null;
  return lowlight.highlight(language, code).children.flatMap(toNode);
}

type Hast = ReturnType<typeof lowlight.highlight>['children'][number];

function toNode(node: Hast): CodeNode[] {
  if (node.type === 'text') return [node.value];
  if (node.type !== 'element') return [];
  const { className } = node.properties;
  return [{ className: Array.isArray(className) ? className.join(' ') : '', children: node.children.flatMap(toNode) }];
}
