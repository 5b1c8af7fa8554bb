import type { Child } from "hono/jsx";

/** Shapes in a box of 24 by 24, for decoration. */
const icon = (shapes: () => Child) => () => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    {shapes()}
  </svg>
);

export const PictureIcon = icon(() => (
  <>
    <rect x="3" y="5" width="18" height="14" rx="3" />
    <circle cx="8.5" cy="10" r="1.5" />
    <path d="m4 17 5-4 3.5 3 3-2.500L20 17" />
  </>
));

export const CameraIcon = icon(() => (
  <>
    <path d="M4 8h3l1.5-2.500h7L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z" />
    <circle cx="12" cy="13" r="3.5" />
  </>
));

export const CheckIcon = icon(() => <path d="m6 12.5 4 4 8-9" />);

export const PhoneIcon = icon(() => (
  <path d="M6 4h3l1.5 4.5-2 1.5a12 12 0 0 0 5.5 5.5l1.5-2L20 15v3a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2Z" />
));

export const LinkIcon = icon(() => (
  <path d="M13 5h6v6M19 5l-9 9M17 14v4a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h4" />
));

export const LeafIcon = icon(() => (
  <>
    <path d="M5 19c0-8 4-13 15-14 0 10-5 14.500-12 13.500" />
    <path d="M4 21c2-5 5-8 9-10" />
  </>
));

export const HistoryIcon = icon(() => (
  <>
    <path d="M4.500 9a8 8 0 1 1-.4 4.500" />
    <path d="M4 4v5h5M12 8v4.500l3 2" />
  </>
));

export const BookIcon = icon(() => (
  <>
    <path d="M12 6.500C10 5 7 4.500 4 5v13.500c3-.5 6 0 8 1.500 2-1.500 5-2 8-1.500V5c-3-.5-6 0-8 1.500Z" />
    <path d="M12 6.500V20" />
  </>
));

export const PersonIcon = icon(() => (
  <>
    <circle cx="12" cy="8.500" r="3.500" />
    <path d="M5 20c.5-4 3.500-6 7-6s6.500 2 7 6" />
  </>
));
