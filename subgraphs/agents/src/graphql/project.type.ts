import { Guard } from '@agentos/subgraph-kit';
import { Directive, Field, ID, ObjectType } from 'type-graphql';

/** The projects subgraph's entity; this one adds the fields that its resolver names. */
@Directive('@key(fields: "id")')
@Guard('agents:read')
@ObjectType('Project')
export class ProjectReference {
  @Field(() => ID)
  id!: string;
}
