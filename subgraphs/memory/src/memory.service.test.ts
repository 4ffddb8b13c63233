import { randomBytes } from 'node:crypto';
import { describeWithService } from '@agentos/platform/testing';
import { DataSource } from 'typeorm';
import { type MemoryGraph, openMemoryGraph } from './fixtures/memory-graph.js';
import type { MemoryModuleOptions } from './index.js';
import { storingAndSearchingContract } from './memory.contract.js';
import { memoryLifeContract } from './memory-life.contract.js';

describeWithService('postgres', 'memory on PostgreSQL', (url) => {
  const open = async (options?: MemoryModuleOptions): Promise<MemoryGraph> => {
    const name = `agentos_memory_${randomBytes(6).toString('hex')}`;
    const own = new URL(url);
    own.pathname = `/${name}`;
    await onServer(url, `create database ${name}`);
    const graph = await openMemoryGraph(options, { DATABASE_URL: own.href });
    return {
      ...graph,
      [Symbol.asyncDispose]: async () => {
        await graph[Symbol.asyncDispose]();
        await onServer(url, `drop database ${name} with (force)`);
      },
    };
  };
  storingAndSearchingContract(open);
  memoryLifeContract(open);
});

async function onServer(url: string, statement: string): Promise<void> {
  const source = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  await source.query(statement);
  await source.destroy();
}
