import { textParts, type Item, type ResponsesBody } from './protocol.ts';

/** A message of a person. `ordinal` counts them from the start of the conversation and so names the task for good. */
export interface Task {
  ordinal: number;
  parts: string[];
  /** What came along and is nobody's request: a derived spec, notes of the system. */
  context: string[];
}

/** A conversation as the demo model sees it. */
export interface Conversation {
  /** Messages that no answer has closed yet: in order, the first being worked on. */
  open: Task[];
  /** Messages whose turn was interrupted, latest last: what "continue" goes back to. */
  interrupted: Task[];
  /** Outputs of tool calls by `<task ordinal>.<step>`. */
  outputs: Map<string, unknown>;
  /** How often each step was called without an output that counts. */
  lostCalls: Map<string, number>;
  /** True when the newest item is a message that came while the model was at work. */
  steeredNow: boolean;
  /** What developer messages say. */
  guidance: string;
  cwd: string;
}

const callId = /^demo_(\d+)_(\d+)_\d+$/;

/** The id of a step's call; `tries` makes it unique when an earlier one was lost. */
export function callIdOf(ordinal: number, step: number, tries: number): string {
  return `demo_${ordinal}_${step}_${tries}`;
}

/** Reads where a conversation stands. Everything follows from its items; nothing is remembered between calls. */
export function readConversation(body: ResponsesBody): Conversation {
  const items: Item[] = typeof body.input === 'string' ? [{ role: 'user', content: body.input }] : body.input;
  const state: Conversation = {
    open: [],
    interrupted: [],
    outputs: new Map(),
    lostCalls: new Map(),
    steeredNow: false,
    guidance: '',
    cwd: '/workspace',
  };
  let people = 0;
  items.forEach((item, index) => {
    if (item.type === 'function_call' || item.type === 'custom_tool_call') return countCall(state, item);
    if (item.type === 'function_call_output' || item.type === 'custom_tool_call_output') return readOutput(state, item);
    if (item.role === 'developer' || item.role === 'system') state.guidance += `${textParts(item.content).join('\n')}\n`;
    if (item.role === 'assistant' && closesTurn(items, index)) state.open = [];
    if (item.role !== 'user') return;
    const parts = textParts(item.content);
    state.cwd = /<cwd>([^<]+)<\/cwd>/.exec(parts.join('\n'))?.[1] ?? state.cwd;
    if (parts.some((part) => part.trimStart().startsWith('<turn_aborted'))) {
      state.interrupted = [...state.interrupted, ...state.open];
      state.open = [];
    }
    const said = parts.filter((part) => part.trim() !== '' && !isContext(part));
    if (said.length === 0) return;
    people += 1;
    const asked = said.filter((part) => !isDerived(part));
    addTask(state, { ordinal: people, parts: asked.length > 0 ? asked : said, context: said.filter(isDerived) });
  });
  const last = items.at(-1);
  state.steeredNow = state.open.length > 1 && last?.role === 'user';
  return state;
}

/** A turn that is delivered again after its place was lost repeats its message: the task it repeats goes on. */
function addTask(state: Conversation, task: Task): void {
  const text = task.parts.join('\n');
  if (!state.open.some((known) => known.parts.join('\n') === text)) state.open.push(task);
}

function countCall(state: Conversation, item: Item): void {
  const match = callId.exec(item.call_id ?? '');
  if (!match) return;
  const key = `${match[1]}.${match[2]}`;
  state.lostCalls.set(key, (state.lostCalls.get(key) ?? 0) + 1);
}

function readOutput(state: Conversation, item: Item): void {
  const match = callId.exec(item.call_id ?? '');
  // Codex answers "aborted" for a call whose process it lost: the step is done again.
  if (!match || item.output === 'aborted') return;
  state.outputs.set(`${match[1]}.${match[2]}`, item.output);
}

/**
 * An answer closes its turn unless it says that it is commentary, or tool calls follow it before the next message, or it
 * is the last item: then a broken connection cut the response and Codex asks for the rest.
 */
function closesTurn(items: readonly Item[], index: number): boolean {
  if (items[index]?.phase === 'commentary') return false;
  for (const item of items.slice(index + 1)) {
    if (item.role === 'user') return true;
    if (item.type === 'function_call' || item.type === 'custom_tool_call') return false;
  }
  return false;
}

/** Items that the control plane adds to people's words: the spec of the run, and that a place was lost. */
function isDerived(part: string): boolean {
  return /^Project: .*\nBase branch: /.test(part) || part.startsWith('The place where you worked on this was lost.');
}

/** What Codex itself puts into user messages: tagged blocks and AGENTS.md. */
function isContext(part: string): boolean {
  const text = part.trim();
  const tag = /^<([a-z_]+)[\s>]/i.exec(text)?.[1];
  return (tag !== undefined && text.endsWith(`</${tag}>`)) || text.startsWith('# AGENTS.md instructions');
}
