import { Form } from '@remix-run/react';
import { LogOutIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { PageHeader } from '~/components/page-header.tsx';
import { Page } from '~/components/page.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { SettingsCard } from '~/components/settings-card.tsx';
import type { Schemas } from '~/lib/api.ts';
import { Appearance } from './appearance.tsx';
import { Keyboard } from './keyboard.tsx';
import { Notifications } from './notifications.tsx';
import { holdsRole, roles } from '~/lib/roles.ts';
import { Templates } from './templates.tsx';
import { type Person, usePerson } from '~/lib/person.ts';

interface SettingsPageProps {
  templates: readonly Schemas['PromptTemplate'][];
  projects: readonly { projectId: string; name: string }[];
  people: Schemas['People']['items'];
  temporalUi: string | null;
}

/** What this browser remembers, who is signed in, and the prompts that are kept for everybody. */
export function SettingsPage({ templates, projects, people, temporalUi }: SettingsPageProps) {
  const viewer = usePerson();
  return (
    <Page width="narrow">
      <PageHeader title="Settings" />
      <div className="flex flex-col gap-4">
        <SettingsCard title="This browser" about="Kept in this browser only.">
          <Appearance />
          <Notifications />
          <Keyboard />
        </SettingsCard>
        <SettingsCard title="Prompt templates" about="Kept for everybody here.">
          <Templates templates={templates} projects={projects} mayEdit={holdsRole(viewer.roles, 'maintainer')} />
        </SettingsCard>
        <SettingsCard title="You" about="Who this browser is signed in as.">
          <WhoAmI viewer={viewer} />
        </SettingsCard>
        <SettingsCard title="People" about="Everybody who has a role here.">
          <People people={people} />
        </SettingsCard>
        <SettingsCard title="This installation" about="Where to look further.">
          <ul className="flex flex-col gap-1.5 text-sm">
            <li>
              <OutsideLink href="/api/docs">API documentation</OutsideLink>: everything that these pages do can be done by it.
            </li>
            {temporalUi !== null && (
              <li>
                <OutsideLink href={temporalUi}>Temporal Web</OutsideLink>: the workflow behind each request.
              </li>
            )}
          </ul>
        </SettingsCard>
      </div>
    </Page>
  );
}

function WhoAmI({ viewer }: { viewer: Person }) {
  const may = roles.filter(({ role }) => holdsRole(viewer.roles, role));
  return (
    <>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <dt className="text-muted-foreground">Name</dt>
        <dd className="min-w-0 break-words">{viewer.name}</dd>
        <dt className="text-muted-foreground">Address</dt>
        <dd className="min-w-0 break-words">{viewer.email}</dd>
        <dt className="text-muted-foreground">Roles</dt>
        <dd className="flex flex-wrap gap-1.5">
          {viewer.roles.map((role) => (
            <Badge key={role} variant="secondary">
              {role}
            </Badge>
          ))}
        </dd>
        <dt className="text-muted-foreground">You may</dt>
        <dd>
          <ul className="list-disc pl-4">
            {may.map(({ role, may: words }) => (
              <li key={role}>{words}</li>
            ))}
          </ul>
        </dd>
      </dl>
      <Form method="post" action="/sign-out">
        <Button type="submit" variant="outline">
          <LogOutIcon aria-hidden /> Sign out
        </Button>
      </Form>
    </>
  );
}

function People({ people }: { people: SettingsPageProps['people'] }) {
  return (
    <ul className="divide-y rounded-md border">
      {people.map(({ id, name, roles: own }) => (
        <li key={id} className="flex flex-wrap items-center gap-2 px-3 py-2 text-sm">
          <span className="mr-auto min-w-0 break-words">{name}</span>
          {own.map((role) => (
            <Badge key={role} variant="secondary">
              {role}
            </Badge>
          ))}
        </li>
      ))}
    </ul>
  );
}

function OutsideLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} target="_blank" rel="noreferrer noopener" className="text-primary underline underline-offset-2">
      {children}
      <span className="sr-only"> (opens in a new tab)</span>
    </a>
  );
}
