import { DateTime, Guard, PageInfo } from '@agentos/subgraph-kit';
import { Directive, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { LanguageShare } from '../domain/languages.js';
import type { Project, ProjectSource } from '../domain/project.js';
import { AnalysisType } from './analysis.type.js';
import { ProjectHealthType } from './health.type.js';

export enum SourceKindEnum {
  GIT = 'GIT',
  DIRECTORY = 'DIRECTORY',
  ARCHIVE = 'ARCHIVE',
  INLINE = 'INLINE',
}
registerEnumType(SourceKindEnum, { name: 'SourceKind' });

@ObjectType('ProjectSource')
export class ProjectSourceType implements ProjectSource {
  @Field(() => SourceKindEnum)
  kind!: `${SourceKindEnum}`;
  @Field(() => String, { description: "The Git URL, the folder, the archive's checksum, or `inline`." })
  location!: string;
  @Field(() => String, { nullable: true, description: 'The commit, where the source has commits.' })
  revision!: string | null;
}

@ObjectType('LanguageShare')
export class LanguageShareType implements LanguageShare {
  @Field(() => String)
  language!: string;
  @Field(() => Int)
  files!: number;
  @Field(() => Int)
  lines!: number;
  @Field(() => Float, { description: 'Of the lines of all files whose language is known, 0 to 1.' })
  share!: number;
}

@Directive('@key(fields: "id")')
@Guard('projects:read')
@ObjectType('Project', { description: 'A code base.' })
export class ProjectType implements Omit<Project, 'tenantId'> {
  @Field(() => ID)
  id!: string;
  @Field(() => String)
  name!: string;
  @Field(() => String, { nullable: true })
  description!: string | null;
  @Field(() => ProjectSourceType, { nullable: true })
  source!: ProjectSourceType;
  @Field(() => [LanguageShareType], { description: 'The most used first.' })
  languages!: LanguageShareType[];
  @Field(() => AnalysisType, { nullable: true, description: 'The newest one.' })
  analysis?: AnalysisType | null;
  @Field(() => ProjectHealthType, { nullable: true, description: 'As last measured.' })
  health?: ProjectHealthType | null;
  @Field(() => DateTime)
  createdAt!: Date;
  @Field(() => DateTime)
  updatedAt!: Date;
}

@ObjectType()
export class ProjectEdge {
  @Field(() => String)
  cursor!: string;
  @Field(() => ProjectType)
  node!: ProjectType;
}

@ObjectType()
export class ProjectConnection {
  @Field(() => [ProjectEdge])
  edges!: ProjectEdge[];
  @Field(() => [ProjectType])
  nodes!: ProjectType[];
  @Field(() => PageInfo)
  pageInfo!: PageInfo;
  @Field(() => Int)
  totalCount!: number;
}
