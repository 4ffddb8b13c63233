import { PageInfo } from '@agentos/subgraph-kit';
import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType('ProjectFile')
export class ProjectFileType {
  @Field(() => String)
  path!: string;
  @Field(() => String)
  sha256!: string;
  @Field(() => Int)
  bytes!: number;
  @Field(() => Int, { description: '0 for a file whose contents are not kept.' })
  lines!: number;
  @Field(() => String, { nullable: true, description: 'By its name.' })
  language!: string | null;
}

@ObjectType()
export class ProjectFileEdge {
  @Field(() => String)
  cursor!: string;
  @Field(() => ProjectFileType)
  node!: ProjectFileType;
}

@ObjectType()
export class ProjectFileConnection {
  @Field(() => [ProjectFileEdge])
  edges!: ProjectFileEdge[];
  @Field(() => [ProjectFileType])
  nodes!: ProjectFileType[];
  @Field(() => PageInfo)
  pageInfo!: PageInfo;
  @Field(() => Int)
  totalCount!: number;
}
