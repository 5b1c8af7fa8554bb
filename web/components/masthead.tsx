import type { Route } from "../route.ts";
import { BookIcon, HistoryIcon, LeafIcon, PersonIcon } from "./icons.tsx";
import { Link } from "./link.tsx";

const tabs = [
  { page: "home", href: "/", text: "분리배출", Icon: LeafIcon },
  { page: "history", href: "/history", text: "내 기록", Icon: HistoryIcon },
  { page: "collection", href: "/collection", text: "도감", Icon: BookIcon },
  { page: "me", href: "/me", text: "내 정보", Icon: PersonIcon },
] as const;

interface Props {
  page: Route["page"];
  /** Called before the form is shown. */
  onHome: () => void;
}

/** The name of the page, and the way to the others: below on a phone, above on a wide screen. */
export const Masthead = ({ page, onHome }: Props) => (
  <header class="masthead">
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="10" />
      <path class="mark-leaf" d="M9 21c0-8 5-12 15-12 0 10-5 14.5-12 13.5" />
      <path class="mark-stem" d="M8 25c2-6 6-9 11-11" />
    </svg>
    <p class="brand">
      Eco² Edge <span class="brand-note">이코와 하는 분리배출</span>
    </p>
    <nav class="tabs" aria-label="주요 화면">
      {tabs.map(({ page: name, href, text, Icon }) => (
        <Link
          key={name}
          href={href}
          current={name === page}
          onFollow={name === "home" ? onHome : undefined}
        >
          <Icon />
          {text}
        </Link>
      ))}
    </nav>
  </header>
);
