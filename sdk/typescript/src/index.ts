export type { Agent, AgentsClient, ListAgentsOptions, Session } from './agents.js';
export { AgentOS, type SubscribeOptions } from './client.js';
export { AgentOSError, type AgentOSErrorOptions, type ErrorCode, type GraphQLErrorBody } from './errors.js';
export type { EventsOptions, Execution, ExecutionEvent, ExecutionHandle, ExecutionOutput } from './execution-handle.js';
export type { ExecutionsClient, ListExecutionsOptions, RunInput, Runtime } from './executions.js';
export type {
  AgentStatus,
  ExecutionFilter,
  ExecutionStatus,
  FailureCode,
  FileInput,
  Isolation,
  MemoryFilter,
  MemoryOrder,
  MemoryType,
  RegisterAgentInput,
  RegisterProjectInput,
  ResourceLimitsInput,
  RuntimeId,
  SearchMode,
  StartSessionInput,
  StoreMemoryInput,
  UpdateMemoryInput,
} from './generated/operations.js';
export type { Listing, Page, PageOptions } from './listing.js';
export type {
  AssembleContextOptions,
  AssembledContext,
  ListMemoriesOptions,
  Memory,
  MemoryChange,
  MemoryChangesOptions,
  MemoryClient,
  MemorySearchHit,
  MemorySearchResult,
  SearchMemoriesOptions,
  StoredMemories,
} from './memory.js';
export type { AgentOSOptions, CallOptions, ChangeOptions } from './options.js';
export type { Project, ProjectsClient } from './projects.js';
export type { TypedDocument } from './typed-document.js';
