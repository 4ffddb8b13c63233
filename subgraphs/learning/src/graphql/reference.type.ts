import { Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, ObjectType } from 'type-graphql';

@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Memory')
export class MemoryReference {
  @Field(() => ID)
  id!: string;
}

/** The projects subgraph's entity; this one adds the patterns found in it. */
@Directive('@key(fields: "id")')
@Guard('learning:read')
@ObjectType('Project')
export class ProjectReference {
  @Field(() => ID)
  id!: string;
}
