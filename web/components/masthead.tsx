export const Masthead = () => (
  <header class="masthead">
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="10" />
      <path class="mark-leaf" d="M9 21c0-8 5-12 15-12 0 10-5 14.5-12 13.5" />
      <path class="mark-stem" d="M8 25c2-6 6-9 11-11" />
    </svg>
    <p class="brand">
      Eco² Edge <span class="brand-note">이코와 하는 분리배출</span>
    </p>
  </header>
);
