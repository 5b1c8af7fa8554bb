/** Whose the requests of the residents' page are, and what the server is started with for them. */
export interface ResidentWay {
  who: string;
  isDev: boolean;
  env: Record<string, string>;
  /** The errors that a browser shows of each as a matter of course. */
  usual: RegExp;
}

export const opsToken = "a token of these tests' operators, of 32 bytes";

export const devWay: ResidentWay = {
  who: "a user of a developer's server",
  isDev: true,
  env: {},
  usual: /^$/,
};

export const jwtEnv = {
  AUTH_MODE: "jwt",
  AUTH_JWT_SECRET: "a secret of this test, of 32 bytes or more",
  SIGNING_SECRET: "another secret of this test, of 32 bytes or more",
  LOGIN_URL: "https://login.example.com/eco2",
};

export const guestWay: ResidentWay = {
  who: "a guest",
  isDev: false,
  // Each test is another guest of the same address.
  env: { ...jwtEnv, GUESTS: "on", GUESTS_PER_ADDRESS: "1000" },
  // The first request of a browser has no session yet.
  usual: /401/,
};
