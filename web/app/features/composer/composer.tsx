import { Form, Link, useNavigate } from '@remix-run/react';
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Kbd, KbdGroup } from '~/components/ui/kbd.tsx';
import { requestPath } from '~/features/requests/links.ts';
import { browserApi, type Problem, type Schemas } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';
import { useHydrated } from '~/lib/hydrated.ts';
import { usePerson } from '~/lib/person.ts';
import { type AttachmentChange, attachmentHint, changeAttachments } from './attachments.ts';
import { AgentFields, TargetFields } from './composer-options.tsx';
import { type DraftChoices, isEmptyDraft, sendKey } from './draft.ts';
import { readLastProject, rememberProject } from './last-project.ts';
import { fieldErrorsOf } from './problem-fields.ts';
import { PromptEditor, type PromptEditorHandle } from './prompt-editor.tsx';
import { requestBody } from './request-body.ts';
import { type PromptTemplate, TemplateMenu } from './template-menu.tsx';
import { useAttachments } from './use-attachments.ts';
import { type DraftHandle, useDraft } from './use-draft.ts';

export interface ComposerProps {
  projects: readonly Schemas['Project'][];
  options: Schemas['Options'];
  templates: readonly PromptTemplate[];
  /** Choices that the page's address makes, and a text to begin with. */
  given: Partial<DraftChoices>;
  text: string;
  /** Why the form without scripts was refused. */
  refused: Problem | null;
}

/** Where a request is written. What is typed is kept in the browser until it is submitted. */
export function Composer(props: ComposerProps) {
  const { projects, options, templates, given } = props;
  const person = usePerson();
  const handle = useDraft(person.id, 'new', given);
  const { draft, update, isLoaded } = handle;
  const editor = useRef<PromptEditorHandle>(null);
  const project = useProject(projects, draft.choices.project, person.id);
  const change = useCallback(
    (made: AttachmentChange) => update((before) => ({ ...before, attachments: changeAttachments(before.attachments, made) })),
    [update],
  );
  const files = useAttachments(draft.attachments, change);
  const { submit, problem, isSubmitting } = useSubmitting(handle, project?.projectId ?? null, person.id, props.refused);
  useBeginning(handle, props.text, editor);
  const errors = problem ? fieldErrorsOf(problem) : { fields: {}, form: null };
  const isUploading = draft.attachments.some(({ state }) => state === 'uploading');
  const hydrated = useHydrated();
  const canSubmit = !hydrated || (isLoaded && !isSubmitting && !isUploading && draft.text.trim() !== '');

  const choose = (choices: Partial<DraftChoices>) => update((before) => ({ ...before, choices: { ...before.choices, ...choices } }));
  const send = () => {
    if (canSubmit) void submit();
  };
  return (
    <Form
      method="post"
      action="/requests/new"
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
        event.preventDefault();
        send();
      }}
    >
      {problem && errors.form !== null && <SubmitProblem problem={problem} detail={errors.form} />}
      <TargetFields projects={projects} project={project} choices={draft.choices} errors={errors.fields} onChange={choose} />
      <PromptEditor
        handle={editor}
        name="prompt"
        label="Prompt"
        placeholder="What should change? Name files with @. The agent reads the repository by itself."
        value={draft.text}
        onChange={(text) => update((before) => ({ ...before, text }))}
        isLoaded={isLoaded}
        attachments={draft.attachments}
        files={files}
        projectId={project?.projectId ?? null}
        branch={draft.choices.baseBranch?.trim() || null}
        onSubmit={send}
        error={errors.fields.prompt}
        attachmentError={errors.fields.attachments}
        side="bottom"
        textareaClassName="max-h-[50dvh] min-h-36"
        tools={<TemplateMenu templates={templates} text={draft.text} onInsert={(text) => editor.current?.insert(text)} />}
        end={<span className="px-1 text-xs text-muted-foreground max-sm:hidden">{attachmentHint}</span>}
      />
      <AgentFields
        projects={projects}
        project={project}
        options={options}
        choices={draft.choices}
        errors={errors.fields}
        onChange={choose}
      />
      <SubmitLine
        handle={handle}
        isUploading={isUploading}
        isSubmitting={isSubmitting}
        canSubmit={canSubmit}
        demoModel={options.demoModel}
      />
    </Form>
  );
}

/** The project that is chosen, else the one used last, else the newest. */
function useProject(projects: ComposerProps['projects'], chosen: string | null, principalId: string): Schemas['Project'] | null {
  const [last, setLast] = useState<string | null>(null);
  useEffect(() => setLast(readLastProject(principalId)), [principalId]);
  const find = (id: string | null) => projects.find(({ projectId, name }) => id !== null && (projectId === id || name === id));
  return find(chosen) ?? find(last) ?? projects[0] ?? null;
}

/** Begins with the text of the page's address, where nothing is written yet, and with the caret in the text. */
function useBeginning({ isLoaded, update }: DraftHandle, text: string, editor: RefObject<PromptEditorHandle>): void {
  const hasBegun = useRef(false);
  useEffect(() => {
    if (!isLoaded || hasBegun.current) return;
    hasBegun.current = true;
    if (text !== '') update((before) => (isEmptyDraft(before) ? { ...before, text } : before));
    editor.current?.focus();
  }, [isLoaded, update, text, editor]);
}

/** Submits the draft, then goes to its request. A refusal leaves everything as it is, with the reason at its field. */
function useSubmitting({ draft, clear }: DraftHandle, projectId: string | null, principalId: string, refused: Problem | null) {
  const [problem, setProblem] = useState(refused);
  const [isSubmitting, setSubmitting] = useState(false);
  const navigate = useNavigate();

  async function submit(): Promise<void> {
    if (projectId === null) return;
    const body = requestBody(draft, projectId);
    setSubmitting(true);
    setProblem(null);
    const header = { 'Idempotency-Key': sendKey(draft.draftId, body) };
    const result = await attempt(() => browserApi().POST('/api/requests', { params: { header }, body }));
    setSubmitting(false);
    if (!result.ok) return setProblem(result.problem);
    clear();
    rememberProject(principalId, projectId);
    const { requestId, title, state } = result.data;
    toast.success('Request submitted', { description: state === 'accepted' ? 'It is stored and starts as soon as it can.' : title });
    navigate(requestPath(requestId));
  }

  return { submit, problem, isSubmitting };
}

function SubmitProblem({ problem, detail }: { problem: Problem; detail: string }) {
  return (
    <ErrorPanel
      problem={{ title: problem.title, detail, code: problem.code }}
      actions={
        problem.status === 401 && (
          <Button asChild size="sm">
            <Link to="/sign-in?next=%2Frequests%2Fnew">Sign in</Link>
          </Button>
        )
      }
    />
  );
}

interface SubmitLineProps {
  handle: DraftHandle;
  isUploading: boolean;
  isSubmitting: boolean;
  canSubmit: boolean;
  demoModel: boolean;
}

function SubmitLine({ handle, isUploading, isSubmitting, canSubmit, demoModel }: SubmitLineProps) {
  const { draft, isRestored, clear } = handle;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <Button type="submit" size="lg" disabled={!canSubmit}>
        {isSubmitting ? 'Submitting…' : 'Submit request'}
      </Button>
      <KbdGroup className="max-sm:hidden">
        <Kbd>Ctrl</Kbd>
        <Kbd>↵</Kbd>
      </KbdGroup>
      {!isEmptyDraft(draft) && (
        <Button variant="ghost" onClick={clear}>
          Discard draft
        </Button>
      )}
      <p role="status" className="text-xs text-muted-foreground">
        {isUploading ? 'It can be submitted as soon as the files are uploaded.' : isRestored ? 'Your draft of last time.' : ''}
      </p>
      {demoModel && (
        <p className="w-full text-xs text-muted-foreground">
          No model key is set, so a scripted demo model answers: it mends failing tests and makes small edits, and says so. Everything else
          is real.
        </p>
      )}
    </div>
  );
}
