import { useNavigate } from '@remix-run/react';
import { Command } from 'cmdk';
import { FolderGit2Icon, type LucideIcon, SearchIcon } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { StageBadge } from '~/components/stage-badge.tsx';
import { cn } from '~/lib/cn.ts';
import { usePaletteResults } from './results.ts';

/** Something the palette can do or open. */
export interface PaletteEntry {
  label: string;
  icon: LucideIcon;
  keys?: ReactNode;
  run: () => void;
}

export interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  pages: readonly PaletteEntry[];
  actions: readonly PaletteEntry[];
}

/** Goes to anything by a few letters: pages, requests, projects, actions. */
export function Palette({ open, onOpenChange, pages, actions }: PaletteProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-50 animate-fade-in bg-black/35 dark:bg-black/60" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed top-[12vh] left-1/2 z-50 w-[calc(100%-1.5rem)] max-w-xl -translate-x-1/2 animate-pop-in overflow-hidden rounded-xl border bg-popover text-popover-foreground shadow-2xl outline-none"
        >
          <Dialog.Title className="sr-only">Search or jump to</Dialog.Title>
          <PaletteBody pages={pages} actions={actions} close={() => onOpenChange(false)} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteBody({ pages, actions, close }: Pick<PaletteProps, 'pages' | 'actions'> & { close: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const results = usePaletteResults(text);
  const { requests, projects, problem } = results;
  const [selected, select, list] = useSelection(results);
  const then = (run: () => void) => () => {
    close();
    run();
  };
  return (
    <Command label="Search or jump to" loop value={selected} onValueChange={select} className="flex max-h-[min(28rem,70vh)] flex-col">
      <div className="flex h-12 shrink-0 items-center gap-2.5 border-b px-4">
        <SearchIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder="Search requests, projects, pages, actions …"
          className="h-full flex-1 bg-transparent outline-none focus-visible:outline-none"
        />
      </div>
      <Command.List ref={list} className="overflow-y-auto overscroll-contain p-1.5">
        <Command.Empty className="px-3 py-8 text-center text-muted-foreground">Nothing is called that.</Command.Empty>
        {problem && <p className="px-2.5 py-1.5 text-warning">{problem}</p>}
        {requests.length > 0 && (
          <Group heading={text === '' ? 'Newest requests' : 'Requests'}>
            {requests.map(({ requestId, title, stage, awaiting, project }) => (
              <Item
                key={requestId}
                value={`request ${requestId}`}
                // The API has matched them by title and prompt, of which only the title is here.
                keywords={[title, project.name, text]}
                onSelect={then(() => navigate(`/requests/${requestId}`))}
              >
                <span className="min-w-0 flex-1 truncate">{title}</span>
                <span className="shrink-0 text-xs text-muted-foreground max-sm:hidden">{project.name}</span>
                <StageBadge stage={stage} awaiting={awaiting?.kind} />
              </Item>
            ))}
          </Group>
        )}
        <Entries heading="Actions" entries={actions} then={then} />
        <Entries heading="Pages" entries={pages} then={then} />
        {projects.length > 0 && (
          <Group heading="Projects">
            {projects.map(({ projectId, name }) => (
              <Item
                key={projectId}
                value={`project ${projectId}`}
                keywords={[name]}
                onSelect={then(() => navigate(`/projects/${projectId}`))}
              >
                <FolderGit2Icon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
                <span className="truncate">{name}</span>
              </Item>
            ))}
          </Group>
        )}
      </Command.List>
    </Command>
  );
}

/** The selected item: the first one, until the person moves on from it. What is found later comes above what is there already. */
function useSelection(results: unknown) {
  const [selected, setSelected] = useState('');
  const first = useRef('');
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const top = list.current?.querySelector('[cmdk-item]')?.getAttribute('data-value') ?? '';
      setSelected((current) => (current === '' || current === first.current ? top : current));
      first.current = top;
    });
    return () => cancelAnimationFrame(frame);
  }, [results]);
  return [selected, setSelected, list] as const;
}

function Entries({ heading, entries, then }: { heading: string; entries: readonly PaletteEntry[]; then: (run: () => void) => () => void }) {
  return (
    <Group heading={heading}>
      {entries.map(({ label, icon: Icon, keys, run }) => (
        <Item key={label} value={`${heading} ${label}`} keywords={[label]} onSelect={then(run)}>
          <Icon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
          <span className="flex-1 truncate">{label}</span>
          {keys && <span className="max-sm:hidden">{keys}</span>}
        </Item>
      ))}
    </Group>
  );
}

function Group({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted-foreground"
    >
      {children}
    </Command.Group>
  );
}

function Item({
  className,
  ...props
}: {
  value: string;
  keywords: string[];
  onSelect: () => void;
  children: ReactNode;
  className?: string;
}) {
  return (
    <Command.Item
      className={cn(
        'flex min-h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 py-1.5 select-none data-[selected=true]:bg-accent',
        className,
      )}
      {...props}
    />
  );
}
