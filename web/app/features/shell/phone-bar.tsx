import { Link, NavLink } from '@remix-run/react';
import { MenuIcon, PlusIcon } from 'lucide-react';
import { useState } from 'react';
import { Sheet, SheetContent, SheetHeader, SheetTitle, SheetTrigger } from '~/components/ui/sheet.tsx';
import { cn } from '~/lib/cn.ts';
import { SideLink } from './nav-link.tsx';
import { mainPages, type NavigationProps, phonePages, settingsPage } from './navigation.ts';
import { PersonMenu } from './person-menu.tsx';

const slot = 'relative flex min-h-12 flex-col items-center justify-center gap-0.5 text-[0.6875rem]';

/** The navigation at the foot of a phone; everything that has no place there is in its menu. */
export function PhoneBar({ person, counts }: NavigationProps) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <nav
      aria-label="Main"
      className="sticky bottom-0 z-30 grid shrink-0 grid-cols-5 border-t bg-sidebar pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {phonePages.map(({ to, label, icon: Icon }) => (
        <NavLink
          key={to}
          to={to}
          end={to === '/'}
          className={({ isActive }) => cn(slot, isActive ? 'font-medium text-primary' : 'text-sidebar-foreground')}
        >
          <Icon className="size-5" aria-hidden />
          {label}
          {(counts[to] ?? 0) > 0 && (
            <span className="absolute top-1 left-1/2 ml-1.5 min-w-4 rounded-full bg-warning px-1 text-center text-[0.625rem] leading-4 font-semibold text-warning-foreground">
              {shortCount(counts[to])}
              <span className="sr-only"> waiting for you</span>
            </span>
          )}
        </NavLink>
      ))}
      <Link to="/requests/new" className={cn(slot, 'text-sidebar-foreground')}>
        <PlusIcon className="size-5" aria-hidden />
        New
      </Link>
      <Sheet open={isOpen} onOpenChange={setOpen}>
        <SheetTrigger className={cn(slot, 'text-sidebar-foreground')}>
          <MenuIcon className="size-5" aria-hidden />
          Menu
        </SheetTrigger>
        <SheetContent side="bottom" aria-describedby={undefined}>
          <SheetHeader>
            <SheetTitle>Menu</SheetTitle>
          </SheetHeader>
          <div className="flex flex-col gap-1 [&_a]:h-10">
            {[...mainPages, settingsPage].map((item) => (
              <SideLink key={item.to} item={item} count={counts[item.to]} onNavigate={close} />
            ))}
          </div>
          <PersonMenu person={person} />
        </SheetContent>
      </Sheet>
    </nav>
  );
}

function shortCount(count = 0): string {
  return count > 99 ? '99+' : String(count);
}
