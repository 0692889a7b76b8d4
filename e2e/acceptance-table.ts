/** One thing that shows a clause: a test file, one test in it, or a benchmark. */
export type Reference = { kind: 'test'; path: string; name: string | null } | { kind: 'benchmark'; name: string };

export interface Clause {
  clause: string;
  shownBy: Reference[];
}

export interface AcceptanceDocument {
  /** Rows of every table whose columns are `clause | shown by`. */
  clauses: Clause[];
  /** Items of the section "Open". */
  open: string[];
  /** What could not be read, with its line. */
  problems: string[];
}

const reference = /^`(?:bench ([\w-]+)|([^`]+))`(?: "(.+)")?$/;

/** Reads an acceptance document. Pure; a row that it does not understand is a problem, never passed over. */
export function parseAcceptance(text: string): AcceptanceDocument {
  const document: AcceptanceDocument = { clauses: [], open: [], problems: [] };
  let section = '';
  let inTable = false;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line.startsWith('#')) section = line.replace(/^#+\s*/, '');
    if (!line.startsWith('|')) inTable = false;
    if (/^\|\s*clause\s*\|\s*shown by\s*\|$/i.test(line)) inTable = true;
    else if (inTable && !/^\|[\s|:-]+\|$/.test(line)) readRow(line, document);
    else if (section === 'Open' && line.startsWith('- ')) document.open.push(line.slice(2).trim());
  }
  return document;
}

function readRow(line: string, document: AcceptanceDocument): void {
  const cells = line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
  const [clause, shownBy] = cells;
  if (cells.length !== 2 || !clause || !shownBy) {
    document.problems.push(`a row needs a clause and what shows it: ${line}`);
    return;
  }
  const references: Reference[] = [];
  for (const part of shownBy.split(/;\s+(?=`)/)) {
    const match = reference.exec(part.trim());
    if (!match) document.problems.push(`not a reference: ${part.trim()}`);
    else if (match[1]) references.push({ kind: 'benchmark', name: match[1] });
    else references.push({ kind: 'test', path: match[2] ?? '', name: match[3] ?? null });
  }
  document.clauses.push({ clause, shownBy: references });
}

/** True when a test or describe of that name is in the source, however it is quoted. */
export function namesTest(source: string, name: string): boolean {
  const written = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/'/g, "\\\\?'");
  return new RegExp(`\\(\\s*(['"\`])${written}\\1`).test(source);
}
