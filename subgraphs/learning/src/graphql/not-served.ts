import { type AgentOSError, unavailable } from '@agentos/kernel';

/** What the schema has for clients to be written against and this version does not do yet. */
export const notServed = (what: string): AgentOSError =>
  unavailable(
    `This version of the server does not serve ${what} yet; datasets and performance points are kept for the one that does.`,
    {
      retryable: false,
    },
  );
