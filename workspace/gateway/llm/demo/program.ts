import type { ToolCall } from './protocol.ts';

/** What a program does next. Only `tool` is answered; the others are part of the response that carries the next tool call or the end. */
export type Step =
  | { kind: 'text'; text: string }
  | { kind: 'stream'; chunks: string[]; perSecond: number }
  | { kind: 'pause'; seconds: number }
  | { kind: 'tool'; call: ToolCall }
  | { kind: 'fail'; code: string; message: string };

/**
 * What the demo model does about one message, as a generator: yields steps, receives tool outputs, returns its closing
 * words (empty for none). It runs again from its start at each model call, fed with the outputs that the conversation
 * holds, so it must be deterministic: that is why a restart in mid-turn is harmless.
 */
export type Program<T = string> = Generator<Step, T, string>;

/** Which of the agent's tools are at hand. */
export interface Toolbox {
  /** Codex's free-form `apply_patch` tool; else the shell command of that name. */
  applyPatchTool: boolean;
  requestUserInput: boolean;
}

/** What a shell command came to. `exitCode` null: it was cut off. */
export interface ShellResult {
  exitCode: number | null;
  output: string;
  truncated: boolean;
}

/** Runs a shell command to its end, polling while it works. Standard error is not part of the output unless the command says so. */
export function* shell(command: string, options: { maxOutputTokens?: number } = {}): Program<ShellResult> {
  const max = options.maxOutputTokens ?? 10_000;
  const call = { cmd: command, login: false, yield_time_ms: 30_000, max_output_tokens: max };
  let part = readShellOutput(yield toolStep('exec_command', call));
  let output = part.output;
  let truncated = part.truncated;
  while (part.sessionId !== null) {
    part = readShellOutput(
      yield toolStep('write_stdin', { session_id: part.sessionId, chars: '', yield_time_ms: 60_000, max_output_tokens: max }),
    );
    output += part.output;
    truncated ||= part.truncated;
  }
  return { exitCode: part.exitCode, output, truncated };
}

/** Applies a patch in Codex's format (`*** Begin Patch` …). Answers null, or why it did not apply. */
export function* applyPatch(toolbox: Toolbox, patch: string): Program<string | null> {
  if (toolbox.applyPatchTool) {
    const output = yield { kind: 'tool', call: { name: 'apply_patch', custom: true, arguments: patch } };
    return /^(Exit code: 0|Success)/m.test(output) ? null : output;
  }
  const delimiter = freshDelimiter(patch);
  const result = yield* shell(`apply_patch <<'${delimiter}'\n${patch}\n${delimiter}`);
  return result.exitCode === 0 ? null : result.output;
}

/** Asks the person; answers what was chosen, empty when nothing was. */
export function* askPerson(question: {
  header: string;
  question: string;
  options: { label: string; description: string }[];
}): Program<string> {
  const output = yield toolStep('request_user_input', { questions: [{ id: 'q1', ...question }] });
  const match = /"q1"\s*:\s*\{\s*"answers"\s*:\s*\[\s*("(?:[^"\\]|\\.)*")/.exec(output);
  return match?.[1] ? String(JSON.parse(match[1])) : '';
}

/** Quotes for a POSIX shell. */
export function quote(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Several files in one command; a file that cannot be read is left out. Contents lack nothing but a cut-off tail. */
export function* readFiles(paths: readonly string[]): Program<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const mark = '=====[file]=====';
  const command = `for f in ${paths.map(quote).join(' ')}; do printf '\\n%s %s\\n' '${mark}' "$f"; cat -- "$f"; done`;
  const { output } = yield* shell(command, { maxOutputTokens: 60_000 });
  const files = new Map<string, string>();
  for (const section of output.split(`\n${mark} `).slice(1)) {
    const end = section.indexOf('\n');
    const path = section.slice(0, end);
    if (paths.includes(path)) files.set(path, section.slice(end + 1));
  }
  return files;
}

function toolStep(name: string, args: Record<string, unknown>): Step {
  return { kind: 'tool', call: { name, custom: false, arguments: JSON.stringify(args) } };
}

function freshDelimiter(text: string): string {
  let delimiter = 'PATCH';
  while (text.split('\n').includes(delimiter)) delimiter += '_';
  return delimiter;
}

/** Reads Codex's form: lines about the process, then `Output:` and what it printed. */
function readShellOutput(text: string): ShellResult & { sessionId: number | null } {
  const start = /(^|\n)Output:\n?/.exec(text);
  const head = start ? text.slice(0, start.index) : text;
  const output = start ? text.slice(start.index + start[0].length) : '';
  const session = /session ID (\d+)/.exec(head);
  const exit = /exited with code (-?\d+)/.exec(head) ?? /^Exit code: (-?\d+)/m.exec(head);
  return {
    sessionId: session && !exit ? Number(session[1]) : null,
    exitCode: exit ? Number(exit[1]) : null,
    output,
    truncated: /tokens truncated|truncated output|lines omitted/i.test(output),
  };
}
