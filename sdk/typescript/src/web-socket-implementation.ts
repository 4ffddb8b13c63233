import type { Settings } from './options.js';

/** The class given, else the platform's own, else that of `ws`, which is loaded only then. */
export async function webSocketImplementation(settings: Pick<Settings, 'webSocket'>): Promise<unknown> {
  const native = (globalThis as { WebSocket?: unknown }).WebSocket;
  return settings.webSocket ?? native ?? nodeWebSocket();
}

async function nodeWebSocket(): Promise<unknown> {
  const { WebSocket } = await import('ws');
  return class extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      // A connection that is given up while it is made says so in an event that nobody waits for any more.
      this.on('error', () => {});
    }
  };
}
