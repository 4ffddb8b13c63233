import { type AgentOSError, notFound, requireId, unavailable } from '@agentos/kernel';
import { Guard } from '@agentos/subgraph-kit';
import { Arg, Ctx, FieldResolver, Float, ID, Int, Mutation, Query, Resolver, Subscription } from 'type-graphql';
import { AnalysisType } from './analysis.type.js';
import {
  DependencyGraphType,
  GraphFormatEnum,
  GraphLevelEnum,
  NodeKindEnum,
  RepositoryMapType,
  SymbolType,
} from './graph.type.js';
import { ProjectHealthType } from './health.type.js';
import { ImpactReportType } from './impact.type.js';
import type { ProjectsContext } from './loaders.js';
import { ChangeInput } from './project.input.js';
import { ProjectType } from './project.type.js';
import { FunctionMetricsType, HotspotType, QualityIssueType, QualityReportType, SeverityEnum } from './quality.type.js';

const notServed = (what: string): AgentOSError =>
  unavailable(
    `This version of the server does not serve ${what} yet; the project and its files are kept for the one that does.`,
    { retryable: false },
  );

/** Refuses for a project that is there; one that is not, or is not the caller's, is not found as everywhere. */
async function refuse(projectId: string, ctx: ProjectsContext, what: string): Promise<never> {
  if ((await ctx.loaders.project.load(requireId(projectId, 'proj', 'projectId'))) === null)
    throw notFound('project', projectId);
  throw notServed(what);
}

/** What reads the inside of a code base: in the schema for clients to be written against, refused when it is asked for. */
@Resolver()
export class AnalysisResolver {
  @Query(() => AnalysisType, { nullable: true })
  @Guard('projects:read')
  analysis(@Arg('id', () => ID) id: string): AnalysisType | null {
    requireId(id, 'anl', 'id');
    throw notServed('analyses');
  }

  @Query(() => DependencyGraphType)
  @Guard('projects:read')
  dependencyGraph(
    @Ctx() ctx: ProjectsContext,
    @Arg('projectId', () => ID) projectId: string,
    @Arg('level', () => GraphLevelEnum, { nullable: true, defaultValue: GraphLevelEnum.FILE })
    _level: GraphLevelEnum | null,
    @Arg('focus', () => String, { nullable: true }) _focus: string | null | undefined,
    @Arg('depth', () => Int, { nullable: true }) _depth: number | null | undefined,
    @Arg('includeExternal', () => Boolean, { nullable: true, defaultValue: false }) _includeExternal: boolean | null,
    @Arg('first', () => Int, { nullable: true, defaultValue: 5000 }) _first: number | null,
  ): Promise<DependencyGraphType> {
    return refuse(projectId, ctx, 'dependency graphs');
  }

  @Query(() => ImpactReportType)
  @Guard('projects:read')
  analyzeImpact(
    @Ctx() ctx: ProjectsContext,
    @Arg('projectId', () => ID) projectId: string,
    @Arg('change', () => ChangeInput) _change: ChangeInput,
    @Arg('first', () => Int, { nullable: true, defaultValue: 100 }) _first: number | null,
  ): Promise<ImpactReportType> {
    return refuse(projectId, ctx, 'impact reports');
  }

  @Query(() => QualityReportType)
  @Guard('projects:read')
  assessQuality(
    @Ctx() ctx: ProjectsContext,
    @Arg('projectId', () => ID) projectId: string,
  ): Promise<QualityReportType> {
    return refuse(projectId, ctx, 'quality reports');
  }

  @Query(() => [ProjectHealthType])
  @Guard('projects:read')
  healthHistory(
    @Ctx() ctx: ProjectsContext,
    @Arg('projectId', () => ID) projectId: string,
    @Arg('first', () => Int, { nullable: true, defaultValue: 30 }) _first: number | null,
  ): Promise<ProjectHealthType[]> {
    return refuse(projectId, ctx, 'health');
  }

  @Query(() => [SymbolType])
  @Guard('projects:read')
  symbols(
    @Ctx() ctx: ProjectsContext,
    @Arg('projectId', () => ID) projectId: string,
    @Arg('query', () => String) _query: string,
    @Arg('kinds', () => [NodeKindEnum], { nullable: true }) _kinds: NodeKindEnum[] | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) _first: number | null,
  ): Promise<SymbolType[]> {
    return refuse(projectId, ctx, 'symbols');
  }

  @Query(() => RepositoryMapType)
  @Guard('projects:read')
  repositoryMap(
    @Ctx() ctx: ProjectsContext,
    @Arg('projectId', () => ID) projectId: string,
    @Arg('query', () => String, { nullable: true }) _query: string | null | undefined,
    @Arg('focusFiles', () => [String], { nullable: true }) _focusFiles: string[] | null | undefined,
    @Arg('tokenBudget', () => Int, { nullable: true, defaultValue: 1024 }) _tokenBudget: number | null,
  ): Promise<RepositoryMapType> {
    return refuse(projectId, ctx, 'repository maps');
  }

  @Mutation(() => AnalysisType, { description: 'Reads what changed since the last analysis; the whole at first.' })
  @Guard('projects:write')
  analyzeProject(
    @Ctx() ctx: ProjectsContext,
    @Arg('projectId', () => ID) projectId: string,
    @Arg('revision', () => String, { nullable: true }) _revision: string | null | undefined,
    @Arg('waitMs', () => Int, { nullable: true, defaultValue: 0 }) _waitMs: number | null,
  ): Promise<AnalysisType> {
    return refuse(projectId, ctx, 'analyses');
  }

  @Mutation(() => ProjectType)
  @Guard('projects:write')
  monitorHealth(
    @Ctx() ctx: ProjectsContext,
    @Arg('projectId', () => ID) projectId: string,
    @Arg('everySeconds', () => Int) _everySeconds: number,
    @Arg('alertBelow', () => Float, { nullable: true }) _alertBelow: number | null | undefined,
  ): Promise<ProjectType> {
    return refuse(projectId, ctx, 'health');
  }

  @Subscription(() => AnalysisType, {
    subscribe: ({ args }) => {
      requireId(args.analysisId, 'anl', 'analysisId');
      throw notServed('analyses');
    },
  })
  @Guard('projects:read')
  analysisProgress(@Arg('analysisId', () => ID) _analysisId: string): AnalysisType {
    throw notServed('analyses');
  }

  @Subscription(() => ProjectHealthType, {
    subscribe: ({ args, context }) => refuse(args.projectId, context as ProjectsContext, 'health') as never,
  })
  @Guard('projects:read')
  healthChanged(@Arg('projectId', () => ID) _projectId: string): ProjectHealthType {
    throw notServed('health');
  }
}

@Resolver(() => AnalysisType)
export class AnalysisProjectResolver {
  @FieldResolver(() => ProjectType)
  project(): ProjectType {
    throw notServed('analyses');
  }
}

@Resolver(() => DependencyGraphType)
export class DependencyGraphResolver {
  @FieldResolver(() => String, { description: 'The graph in a drawing language.' })
  render(@Arg('format', () => GraphFormatEnum) _format: GraphFormatEnum): string {
    throw notServed('dependency graphs');
  }
}

@Resolver(() => QualityReportType)
export class QualityReportResolver {
  @FieldResolver(() => [QualityIssueType])
  issues(
    @Arg('severity', () => SeverityEnum, { nullable: true }) _severity: SeverityEnum | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50 }) _first: number | null,
  ): QualityIssueType[] {
    throw notServed('quality reports');
  }

  @FieldResolver(() => [HotspotType])
  hotspots(@Arg('first', () => Int, { nullable: true, defaultValue: 10 }) _first: number | null): HotspotType[] {
    throw notServed('quality reports');
  }

  @FieldResolver(() => [FunctionMetricsType])
  functions(
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) _first: number | null,
  ): FunctionMetricsType[] {
    throw notServed('quality reports');
  }
}
