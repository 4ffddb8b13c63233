import { Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** Entities of other subgraphs. Agent and Project get a field here, so this one resolves their references too. */
@Directive('@key(fields: "id")')
@Guard('execution:read')
@ObjectType('Agent')
export class AgentReference {
  @Field(() => ID)
  id!: string;
}

@Directive('@key(fields: "id")')
@Guard('execution:read')
@ObjectType('Project')
export class ProjectReference {
  @Field(() => ID)
  id!: string;
}

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Session')
export class SessionReference {
  @Field(() => ID)
  id!: string;
}
