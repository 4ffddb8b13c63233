import { Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** Entities of other subgraphs; this one adds the fields that its resolvers name. */
@Directive('@key(fields: "id")')
@Guard('memory:read')
@ObjectType('Project')
export class ProjectReference {
  @Field(() => ID)
  id!: string;
}

@Directive('@key(fields: "id")')
@Guard('memory:read')
@ObjectType('Agent')
export class AgentReference {
  @Field(() => ID)
  id!: string;
}

@Directive('@key(fields: "id")')
@Guard('memory:read')
@ObjectType('Session')
export class SessionReference {
  @Field(() => ID)
  id!: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Execution')
export class ExecutionReference {
  @Field(() => ID)
  id!: string;
}
