/** What we use of dockerode 5, which brings no types of its own. */
declare module 'dockerode' {
  import type { Duplex } from 'node:stream';

  namespace Docker {
    interface Container {
      id: string;
      attach(options: Record<string, boolean>): Promise<Duplex>;
      start(): Promise<void>;
      wait(options?: { condition: 'next-exit' }): Promise<{ StatusCode: number }>;
      kill(): Promise<void>;
      inspect(): Promise<{ State: { Pid: number; OOMKilled: boolean; ExitCode: number } }>;
      remove(options: { force: boolean; v: boolean }): Promise<void>;
      stats(options: { stream: false; 'one-shot': boolean }): Promise<{
        cpu_stats?: { cpu_usage?: { total_usage?: number } };
        memory_stats?: { usage?: number; max_usage?: number };
        pids_stats?: { current?: number };
      }>;
    }
  }

  class Docker {
    constructor(options?: { socketPath?: string; host?: string; port?: string; protocol?: string });
    info(): Promise<{ NCPU: number }>;
    createContainer(options: Record<string, unknown>): Promise<Docker.Container>;
    getContainer(id: string): Docker.Container;
    getImage(name: string): { inspect(): Promise<{ Id: string }> };
    listContainers(options: {
      all: boolean;
      filters: { label: string[] };
    }): Promise<{ Id: string; Labels: Record<string, string> }[]>;
  }
  export = Docker;
}
