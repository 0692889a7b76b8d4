import { z } from 'zod';

/** One server-sent event as the Responses API sends it: `data.type` equals `event`. */
export interface SseEvent {
  event: string;
  data: { type: string } & Record<string, unknown>;
}

const Part = z.looseObject({ type: z.string(), text: z.string().optional() });
const Content = z.union([z.string(), z.array(Part)]);

/** An item of a conversation; kinds that the demo model does not know keep their type only. */
const Item = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  phase: z.string().nullish(),
  content: Content.nullish(),
  call_id: z.string().optional(),
  name: z.string().optional(),
  output: z.unknown().optional(),
});
export type Item = z.infer<typeof Item>;

/** The part of a `/v1/responses` body that the demo model reads. */
export const ResponsesBody = z.looseObject({
  model: z.string().default('demo'),
  input: z.union([z.string(), z.array(Item)]),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).nullish(),
  text: z.looseObject({ format: z.looseObject({ type: z.string(), schema: z.unknown().optional() }).nullish() }).nullish(),
});
export type ResponsesBody = z.infer<typeof ResponsesBody>;

/** A call of one of the agent's tools. `custom` tools take free text instead of JSON. */
export interface ToolCall {
  name: string;
  custom: boolean;
  arguments: string;
}

/** The text parts of a message's content. */
export function textParts(content: Item['content']): string[] {
  if (!content) return [];
  if (typeof content === 'string') return [content];
  return content.flatMap((part) => (part.text === undefined ? [] : [part.text]));
}

/** The text of a tool's output, whichever of its forms it has. */
export function outputText(output: unknown): string {
  if (typeof output === 'string') return output;
  const parts = z.array(Part).safeParse(output);
  if (parts.success) return parts.data.map((part) => part.text ?? '').join('');
  const wrapped = z.looseObject({ content: z.union([z.string(), z.array(Part)]) }).safeParse(output);
  return wrapped.success ? textParts(wrapped.data.content).join('') : JSON.stringify(output ?? '');
}
