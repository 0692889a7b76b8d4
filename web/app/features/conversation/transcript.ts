import type { LogEvent } from '~/lib/log-event.ts';

type Data<T extends LogEvent['type']> = Extract<LogEvent, { type: T }>['data'];
export type Question = Data<'question.asked'>['questions'][number];
export type Decision = Data<'gate.decision'>['decision'];

/** What stands in a conversation beside people's messages, each at its place in the request's log. */
export type TranscriptItem =
  | { kind: 'run'; key: string; seq: number; atMs: number; runId: string; ordinal: number; purpose: Data<'run.started'>['purpose'] }
  | { kind: 'agent'; key: string; seq: number; atMs: number; runId: string | null; text: string; isWriting: boolean; isShortened: boolean }
  | { kind: 'work'; key: string; seq: number; lastSeq: number; atMs: number; runId: string | null; commands: number; files: string[] }
  | { kind: 'message'; key: string; seq: number; atMs: number; messageId: string }
  | {
      kind: 'question';
      key: string;
      seq: number;
      atMs: number;
      runId: string | null;
      questionId: string;
      questions: Question[];
      answers: Record<string, string[]> | null;
    }
  | { kind: 'decision'; key: string; seq: number; atMs: number; decision: Decision; subject: string | null }
  | { kind: 'ended'; key: string; seq: number; atMs: number; runId: string | null; status: string; reason: string | null; message: string }
  | { kind: 'review'; key: string; seq: number; atMs: number; reviewId: string; verdict: string | null; findings: number }
  | {
      kind: 'merge-request';
      key: string;
      seq: number;
      atMs: number;
      what: 'opened' | 'updated' | 'merged';
      ref: Data<'merge-request.opened'>;
    };

export interface Transcript {
  /** The last event that was taken: what comes again is passed over. */
  lastSeq: number;
  items: TranscriptItem[];
  /** Purpose of each run that was seen; `review` for reviews. */
  purposes: Readonly<Record<string, string>>;
  /** What each gate is about. */
  subjects: Readonly<Record<string, string>>;
  /** Where the log has each check of a run: the event that begins it, by `checkKey`. */
  checkEvents: Readonly<Record<string, number>>;
}

export const emptyTranscript: Transcript = { lastSeq: 0, items: [], purposes: {}, subjects: {}, checkEvents: {} };

/** Names a check of a run in `checkEvents`. */
export function checkKey(runId: string, name: string): string {
  return `${runId} ${name}`;
}

/** The kinds of events that make a conversation; the words that stream (`agent.delta`) are asked for apart. */
export const transcriptTypes = [
  'run.started',
  'run.ended',
  'request.message',
  'agent.message',
  'command.started',
  'file.changed',
  'question.asked',
  'question.answered',
  'turn.completed',
  'check.started',
  'gate.opened',
  'gate.decision',
  'review.started',
  'review.completed',
  'merge-request.opened',
  'merge-request.updated',
  'merge-request.merged',
] as const satisfies readonly LogEvent['type'][];

/** The transcript with further events of the log, in their order. Every event counts once. */
export function extend(transcript: Transcript, events: readonly LogEvent[]): Transcript {
  let next = transcript;
  for (const event of events) {
    if (event.seq <= next.lastSeq) continue;
    next = { ...take(next, event), lastSeq: event.seq };
  }
  return next;
}

function take(transcript: Transcript, event: LogEvent): Transcript {
  const { seq, runId, emittedAtMs: atMs } = event;
  const at = { key: `e${seq}`, seq, atMs };
  switch (event.type) {
    case 'run.started':
      return {
        ...add(transcript, { kind: 'run', ...at, runId: runId ?? '', ...event.data }),
        purposes: { ...transcript.purposes, [runId ?? '']: event.data.purpose },
      };
    case 'run.ended':
      return add(stopWriting(transcript, runId), { kind: 'ended', ...at, runId, ...event.data });
    case 'turn.completed':
      return stopWriting(transcript, runId);
    case 'request.message':
      return add(transcript, { kind: 'message', ...at, messageId: event.data.messageId });
    case 'agent.delta':
      return takeWords(transcript, event, event.data, true);
    case 'agent.message':
      return takeWords(transcript, event, event.data, false);
    case 'command.started':
      return takeWork(transcript, event, 1, []);
    case 'file.changed':
      return takeWork(transcript, event, 0, event.data.changes.map(pathInCheckout));
    case 'question.asked':
      return add(transcript, { kind: 'question', ...at, runId, ...event.data, answers: null });
    case 'question.answered':
      return answer(transcript, event.data);
    case 'check.started':
      return { ...transcript, checkEvents: { ...transcript.checkEvents, [checkKey(runId ?? '', event.data.name)]: seq } };
    case 'gate.opened':
      return { ...transcript, subjects: { ...transcript.subjects, [event.data.gateId]: event.data.subject } };
    case 'gate.decision':
      return add(transcript, {
        kind: 'decision',
        ...at,
        decision: event.data.decision,
        subject: transcript.subjects[event.data.gateId] ?? null,
      });
    case 'review.started':
      return {
        ...add(transcript, { kind: 'review', ...at, reviewId: event.data.reviewId, verdict: null, findings: 0 }),
        purposes: { ...transcript.purposes, [event.data.reviewId]: 'review' },
      };
    case 'review.completed':
      return finishReview(transcript, event.data);
    case 'merge-request.opened':
    case 'merge-request.updated':
    case 'merge-request.merged':
      return add(transcript, { kind: 'merge-request', ...at, what: mergeRequestWord(event.type), ref: event.data });
    default:
      return transcript;
  }
}

function mergeRequestWord(type: 'merge-request.opened' | 'merge-request.updated' | 'merge-request.merged') {
  return type === 'merge-request.opened' ? 'opened' : type === 'merge-request.updated' ? 'updated' : 'merged';
}

function add(transcript: Transcript, item: TranscriptItem): Transcript {
  return { ...transcript, items: [...transcript.items, item] };
}

/** Words of the agent: deltas grow an item, the whole message sets it. An item keeps the place where it began. */
function takeWords(transcript: Transcript, event: LogEvent, data: Data<'agent.message'>, isDelta: boolean): Transcript {
  if (isOfReview(transcript, event)) return transcript;
  const key = `${event.runId}.${event.attempt}.${data.itemId}`;
  const at = transcript.items.findLastIndex((item) => item.kind === 'agent' && item.key === key);
  const known = transcript.items[at];
  if (known?.kind !== 'agent') {
    // Only what was streamed; an empty message says nothing.
    if (data.text === '') return transcript;
    const { seq, runId, emittedAtMs: atMs } = event;
    return add(transcript, { kind: 'agent', key, seq, atMs, runId, text: data.text, isWriting: isDelta, isShortened: isShortened(data) });
  }
  if (isDelta && !known.isWriting) return transcript;
  const text = isDelta ? known.text + data.text : data.text;
  return replace(transcript, at, { ...known, text, isWriting: isDelta, isShortened: isShortened(data) });
}

/** What a reviewer says and does on its way is in the log; the conversation has its result. */
function isOfReview({ purposes }: Transcript, { runId }: LogEvent): boolean {
  return runId !== null && purposes[runId] === 'review';
}

/** The log keeps long bodies apart and says so with `artifactId`. */
function isShortened(data: object): boolean {
  return 'artifactId' in data;
}

/** Commands and changed files between words are one item: what happened, not its detail. */
function takeWork(transcript: Transcript, event: LogEvent, commands: number, paths: string[]): Transcript {
  if (isOfReview(transcript, event)) return transcript;
  const last = transcript.items.at(-1);
  if (last?.kind === 'work' && last.runId === event.runId) {
    const files = [...new Set([...last.files, ...paths])];
    return replace(transcript, transcript.items.length - 1, {
      ...last,
      lastSeq: event.seq,
      commands: last.commands + commands,
      files,
    });
  }
  const { seq, runId, emittedAtMs: atMs } = event;
  return add(transcript, { kind: 'work', key: `e${seq}`, seq, lastSeq: seq, atMs, runId, commands, files: [...new Set(paths)] });
}

/** Agents name files by their place in the workspace. */
function pathInCheckout({ path }: { path: string }): string {
  return path.replace(/^\/workspace\//, '');
}

function answer(transcript: Transcript, data: Data<'question.answered'>): Transcript {
  const at = transcript.items.findLastIndex((item) => item.kind === 'question' && item.questionId === data.questionId);
  const asked = transcript.items[at];
  return asked?.kind === 'question' ? replace(transcript, at, { ...asked, answers: data.answers }) : transcript;
}

function finishReview(transcript: Transcript, data: Data<'review.completed'>): Transcript {
  const at = transcript.items.findLastIndex((item) => item.kind === 'review' && item.reviewId === data.reviewId);
  const review = transcript.items[at];
  if (review?.kind !== 'review') return transcript;
  return replace(transcript, at, { ...review, verdict: data.verdict, findings: data.findings.length });
}

/** Words that no longer grow: the turn is over, whole message or not. */
function stopWriting(transcript: Transcript, runId: string | null): Transcript {
  const isOpen = (item: TranscriptItem) => item.kind === 'agent' && item.isWriting && item.runId === runId;
  if (!transcript.items.some(isOpen)) return transcript;
  return { ...transcript, items: transcript.items.map((item) => (isOpen(item) ? { ...item, isWriting: false } : item)) };
}

function replace(transcript: Transcript, at: number, item: TranscriptItem): Transcript {
  return { ...transcript, items: transcript.items.with(at, item) };
}
