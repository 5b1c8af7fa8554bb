/** Whose the requests of the residents' page are, and the errors that a browser shows of each as a matter of course. */
export const residentWays: { who: string; env: Record<string, string>; usual: RegExp }[] = [
  { who: "a user of a developer's server", env: {}, usual: /^$/ },
  {
    who: "a guest",
    env: {
      AUTH_MODE: "jwt",
      AUTH_JWT_SECRET: "a secret of this test, of 32 bytes or more",
      SIGNING_SECRET: "another secret of this test, of 32 bytes or more",
      GUESTS: "on",
    },
    // The first request of a browser has no session yet.
    usual: /401/,
  },
];
